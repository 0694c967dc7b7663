import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { undiciUpstream } from "../../../src/adapters/undici/upstream.ts";
import { createEntrances } from "../../../src/http/create-app.ts";
import { listen } from "../../../src/runtimes/node/node-server.ts";
import { peerOf, rawHeadOf } from "../../../src/runtimes/node/server/request-head.ts";
import { unreadAnswers } from "../../../src/runtimes/node/server/unread.ts";
import { type ShortWay, shortWay } from "../../../src/runtimes/node/short-way/short-way.ts";
import { openForwardAuth } from "../../../src/runtimes/shared/open-forward-auth.ts";
import { type LoginPlace, logIn } from "../gateway/client.ts";
import {
  type TestClock,
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../gateway/test-gateway.ts";
import { defaultData } from "../legacy-backend/data.ts";
import { liveDirectory, liveOwnership } from "../legacy-backend/live-directory.ts";
import { type LegacyBackend, startLegacyBackend } from "../legacy-backend/start.ts";

/** One request as a client spells it. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** A name may stand several times. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Sent as JSON, with its type, unless it is bytes already. */
  readonly body?: object | Uint8Array<ArrayBuffer>;
}

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of an answer of the gateway's own; null where the backend answered. */
  readonly code: string | null;
}

/** The stand-in backend with a gateway in front, wherever that runs. */
export interface ProxiedPlace {
  readonly backend: LegacyBackend;
  readonly test: LoginPlace & Readonly<{ site: Pick<TestGateway["site"], "issuer"> }>;
  /** Asks the gateway: by `app.request` and fetch, or over a socket and by undici. */
  ask(asked: Asked): Promise<Got>;
  /** All data as it was, nothing received; sessions stay, unless what was done ended them. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** With a gateway in this process, which reads the backend's own documents. */
export interface ProxiedWorld extends ProxiedPlace {
  readonly test: TestGateway;
}

/** c-1's, by which they log in. */
export const OWN_PHONE = "9876500101";

/** Runs with the machine's, because the stand-in looks at `exp`, and can be turned on. */
function runningClock(): TestClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

/** By `app.request`, as on Workers: the backend is asked by fetch. */
export async function fetchWorld(options: TestOptions = {}): Promise<ProxiedWorld> {
  const { backend, reset, test } = await behind(options);
  return {
    backend,
    test,
    reset,
    async ask({ body, headers = [], method, target }) {
      const { bytes, type } = asBytes(body);
      const host = ["host", "localhost:8787"] as const;
      const sent = new Headers([host, ...type, ...headers].map(pair));
      const response = await test.app.request(target, { method, headers: sent, body: bytes });
      return gotten(response.status, response.headers, await response.text());
    },
    stop: () => backend.stop(),
  };
}

/** A world with a port of its own. */
export interface SocketWorld extends ProxiedWorld {
  readonly port: number;
  /** How many requests took Node's short way so far. */
  taken(): number;
}

/**
 * Behind Node's own server, as it runs in production: the backend is asked by undici.
 *
 * @param entrance `full`: every request goes through hono, also where the short way would take it
 */
export async function socketWorld(
  options: TestOptions = {},
  entrance: "short" | "full" = "short",
): Promise<SocketWorld> {
  const { backend, reset, test } = await behind(options);
  const { gateway, settings, site } = test;
  if (test.backend === null) throw new Error("nothing is forwarded");
  const origin = test.backend.origin.text;
  const upstream = undiciUpstream({ origin, timeoutMs: settings.proxy.timeoutMs });
  const { answer, app } = createEntrances({
    gateway,
    site,
    peerOf,
    rawHeadOf,
    backend: { ...test.backend, upstream },
    forwardAuth: openForwardAuth(test.settings, test.backend.policy, gateway),
  });
  const server = await listen("127.0.0.1", 0);
  let taken = 0;
  const way =
    answer === null || entrance === "full" ? () => false : shortWay(answer, () => undefined);
  const counted: ShortWay = (exchange) => {
    const isTaken = way(exchange);
    if (isTaken) taken++;
    return isTaken;
  };
  server.serve(app.fetch, gateway.log, unreadAnswers(site, gateway.log, gateway.runtime), counted);
  return {
    taken: () => taken,
    backend,
    test,
    reset,
    port: server.port,
    ask: (asked) => askPort(server.port, asked),
    async stop() {
      await server.stop(0);
      await upstream.close();
      await backend.stop();
    },
  };
}

async function behind({ env, ...options }: TestOptions) {
  const backend = await startLegacyBackend();
  const { data, secret, url } = backend;
  const test = await testGateway({
    clock: runningClock(),
    peer: "127.0.0.1",
    wrapDirectory: () => liveDirectory(data),
    wrapOwnership: () => liveOwnership(data),
    ...options,
    env: {
      LEGACY_UPSTREAM_URL: url,
      LEGACY_JWT_SECRET: secret,
      OTP_SENDS_PER_PHONE: "100000/1h",
      ...env,
    },
  });
  const reset = async () => {
    await test.runtime.settle();
    if (test.runtime.errors.length > 0) throw test.runtime.errors[0];
    Object.assign(data, defaultData());
    backend.received.length = 0;
  };
  return { backend, reset, test };
}

/** One request over a socket, its head and target as they stand. */
export async function askPort(
  port: number,
  { body, headers = [], method, target }: Asked,
): Promise<Got> {
  const { bytes, type } = asBytes(body);
  const length: Pairs = bytes === null ? [] : [["content-length", `${bytes.length}`]];
  const host = ["host", `127.0.0.1:${port}`] as const;
  const lines = [host, ...type, ...length, ...headers].flat();
  const { promise, reject, resolve } = Promise.withResolvers<IncomingMessage>();
  const at = { host: "127.0.0.1", port, method, path: target, headers: lines };
  request(at, resolve)
    .on("error", reject)
    .end(bytes ?? undefined);
  const answer = await promise;
  const text = (await buffer(answer)).toString();
  const got = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) got.append(name, value);
  }
  return gotten(answer.statusCode ?? 0, got, text);
}

type Pairs = NonNullable<Asked["headers"]>;

function asBytes(body: Asked["body"]): {
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  readonly type: Pairs;
} {
  if (body === undefined) return { bytes: null, type: [] };
  if (body instanceof Uint8Array) return { bytes: body, type: [] };
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return { bytes, type: [["content-type", "application/json"]] };
}

const pair = ([name, value]: readonly [string, string]): [string, string] => [name, value];

function gotten(status: number, headers: Headers, text: string): Got {
  const isOurs = headers.get("content-type") === "application/problem+json";
  return { status, headers, text, code: isOurs && text !== "" ? JSON.parse(text).code : null };
}

/** A customer's own access token, by a code on their phone. */
export async function logInCustomer(test: LoginPlace, phone = OWN_PHONE): Promise<string> {
  const { body, status } = await logIn(test, phone);
  if (status !== 200) throw new Error(`no login: ${JSON.stringify(body)}`);
  return body.access_token;
}
