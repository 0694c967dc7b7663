import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { JWTPayload } from "jose";
import { identify, signLegacyToken } from "./caller.ts";
import { defaultData, type LegacyData } from "./data.ts";
import { type ReceivedRequest, recordRequest } from "./received.ts";
import { answerTo } from "./serve-route.ts";
import { serveTestPath, testPathOf } from "./test-paths.ts";

export interface LegacyBackendOptions {
  /** By default a free one. */
  readonly port?: number;
  /** The backend's JWT_SECRET; by default a fresh one. */
  readonly secret?: string;
  /** Collections in the place of the default's. */
  readonly data?: Partial<LegacyData>;
  /** Every answer of a legacy route waits so long; for the paths of the tests see test-paths.ts. */
  readonly delayMs?: number;
  /** Whether `/__test/*` is served. Default true. */
  readonly testPaths?: boolean;
}

export interface LegacyBackend {
  /** `http://127.0.0.1:port`, for LEGACY_UPSTREAM_URL. */
  readonly url: string;
  readonly port: number;
  readonly secret: string;
  /** In the order of their arrival; a test may empty it. */
  readonly received: ReceivedRequest[];
  /** What the routes read and write. */
  readonly data: LegacyData;
  /** A token of these claims under the backend's secret. */
  token(claims: JWTPayload): Promise<string>;
  stop(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

/** The legacy EarlyBird backend as LEGACY.md describes it, holes included, on loopback. */
export async function startLegacyBackend(
  options: LegacyBackendOptions = {},
): Promise<LegacyBackend> {
  const { delayMs = 0, port = 0, testPaths = true } = options;
  const { secret = randomBytes(36).toString("base64") } = options;
  const data: LegacyData = { ...defaultData(), ...options.data };
  const received: ReceivedRequest[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const record = recordRequest(request, response);
    received.push(record);
    const identified = await identify(request.rawHeaders, secret);
    if ("caller" in identified) record.claims = identified.caller.claims;
    const testPath = testPaths ? testPathOf(record.target) : null;
    if (testPath !== null) return serveTestPath(testPath, { request, response, record });
    record.body = await buffer(request);
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
    const answer = await answerTo({ ...record, identified }, data, secret);
    response.writeHead(answer.status, { ...answer.headers, server: "uvicorn" });
    response.end(answer.body);
  };
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    // The client went away, or the stand-in is wrong; no answer is an answer that tests see.
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(port, LOOPBACK);
  await once(server, "listening");
  const listening = portOf(server);
  return {
    url: `http://${LOOPBACK}:${listening}`,
    port: listening,
    secret,
    received,
    data,
    token: (claims) => signLegacyToken(claims, secret),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
