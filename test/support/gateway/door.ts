import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { onTestFinished } from "vitest";
import { unlessSent } from "../../../src/adapters/undici/responses.ts";
import type { Result } from "../../../src/core/result.ts";
import type {
  AnswerPlan,
  Head,
  HeaderList,
  Upstream,
  UpstreamFailure,
  UpstreamRequest,
} from "../../../src/ports/upstream.ts";

/** The least of a gateway: a node-server that forwards everything, and tells what came of it. */
export interface Door {
  readonly port: number;
  readonly url: string;
  /** Statuses and failures of the exchanges so far, or what they threw. */
  readonly outcomes: readonly Outcome[];
  /** The nth outcome, from 1. */
  outcome(nth: number): Promise<Outcome>;
}

export type Outcome =
  | { readonly status: number }
  | { readonly failure: UpstreamFailure }
  | { readonly thrown: unknown };

export interface DoorOptions {
  /** What differs from the client's own request. */
  readonly request?: (incoming: HttpBindings["incoming"]) => Partial<UpstreamRequest>;
  readonly plan?: (head: Head) => AnswerPlan;
  /** Whom a client is counted as; each connection by itself where it is left out. */
  readonly source?: (incoming: HttpBindings["incoming"]) => string;
}

/** The answer as it came. */
export const asItCame = (head: Head): AnswerPlan => ({ kind: "stream", head });

export async function openDoor(upstream: Upstream, options: DoorOptions = {}): Promise<Door> {
  const { plan = asItCame, request: changes = () => ({}) } = options;
  const outcomes: Outcome[] = [];
  const happened = new EventTarget();
  const record = (outcome: Outcome) => {
    outcomes.push(outcome);
    happened.dispatchEvent(new Event("outcome"));
  };
  const server = createAdaptorServer({
    fetch: async (request, platform) => {
      const { incoming } = platform as HttpBindings;
      const source = options.source?.(incoming) ?? `${incoming.socket.remotePort}`;
      const asked = { ...asTheClient(incoming), ...changes(incoming) };
      try {
        const result = await upstream.exchange({ request, platform, source }, asked, plan);
        record(result.ok ? { status: result.value.status } : { failure: result.failure });
        return unlessSent(platform, result.ok ? result.value.response : refusal(result));
      } catch (thrown) {
        record({ thrown });
        return new Response("internal", { status: 500 });
      }
    },
  }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await upstream.close();
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    outcomes,
    async outcome(nth) {
      while (outcomes.length < nth) await once(happened, "outcome");
      return outcomes[nth - 1] as Outcome;
    },
  };
}

/** What the adapter sets itself, or must not be given. */
const NOT_GIVEN = ["host", "connection", "content-length", "transfer-encoding", "expect"];

function asTheClient(incoming: HttpBindings["incoming"]): UpstreamRequest {
  const { method = "GET", rawHeaders, url = "/" } = incoming;
  const headers: (readonly [string, string])[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = `${rawHeaders[i]}`.toLowerCase();
    if (!NOT_GIVEN.includes(name)) headers.push([name, `${rawHeaders[i + 1]}`]);
  }
  return {
    method,
    target: url,
    headers: headers as HeaderList,
    body: "stream",
    maxBodyBytes: 2 ** 20,
  };
}

const STATUSES: Readonly<Record<UpstreamFailure["reason"], number>> = {
  "payload-too-large": 413,
  "rate-limited": 429,
  "request-malformed": 400,
  "request-timeout": 408,
  "upstream-timeout": 504,
  "upstream-unreachable": 502,
};

function refusal({ failure }: Extract<Result<never, UpstreamFailure>, { ok: false }>): Response {
  return Response.json(failure, { status: STATUSES[failure.reason] });
}
