import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Upstream } from "../../../src/ports/upstream.ts";
import { type Door, type DoorOptions, openDoor } from "../../support/gateway/door.ts";
import {
  type RawRequest,
  type RawUpstream,
  rawUpstream,
} from "../../support/proxy/raw-upstream.ts";

export interface UpstreamOptions {
  readonly origin: string;
  readonly timeoutMs: number;
  readonly stallMs?: number;
}

export type MakeUpstream = (options: UpstreamOptions) => Upstream;

/** How long the suite's upstreams may take: long enough for a busy machine, short enough to wait. */
const PATIENT_MS = 10_000;
export const BRIEF_MS = 300;

/** A door in front of an upstream that answers byte by byte. */
export async function withRaw(
  make: MakeUpstream,
  answer: (request: RawRequest) => void,
  options: DoorOptions & Partial<Omit<UpstreamOptions, "origin">> = {},
): Promise<{ readonly door: Door; readonly upstream: RawUpstream }> {
  const upstream = await rawUpstream(answer);
  const { stallMs = PATIENT_MS, timeoutMs = PATIENT_MS } = options;
  const made = make({ origin: upstream.origin, timeoutMs, stallMs });
  return { upstream, door: await openDoor(made, options) };
}

/** A door in front of Node's own server. */
export async function withNode(
  make: MakeUpstream,
  listener: RequestListener,
  options: DoorOptions & { readonly timeoutMs?: number } = {},
): Promise<Door> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { timeoutMs = PATIENT_MS } = options;
  return openDoor(make({ origin, timeoutMs }), options);
}

export interface Answer {
  readonly status: number;
  readonly raw: readonly string[];
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** One request on a connection of its own; rejects where the answer breaks off. */
export async function ask(
  door: Door,
  method = "GET",
  path = "/",
  headers: readonly string[] = [],
  body: string | Buffer | null = null,
): Promise<Answer> {
  const sent = request({ port: door.port, host: "127.0.0.1", method, path, agent: false });
  for (let i = 0; i < headers.length; i += 2) {
    sent.appendHeader(`${headers[i]}`, `${headers[i + 1]}`);
  }
  sent.end(body ?? undefined);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return {
    status: answer.statusCode ?? 0,
    raw: answer.rawHeaders,
    headers: answer.headers,
    body: Buffer.concat(chunks),
  };
}

/** Waits until a growing number stands still: what was held back is held back for good. */
export async function atRest(count: () => number): Promise<number> {
  let [last, still] = [count(), 0];
  while (still < 15 || last === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = count();
    still = now === last ? still + 1 : 0;
    last = now;
  }
  return last;
}
