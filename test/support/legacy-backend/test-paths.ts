import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { ReceivedRequest } from "./received.ts";
import { readTarget } from "./routing.ts";

/** One request to a path under `/__test/`: transport, not the backend's own behaviour. */
interface TestExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: ReceivedRequest;
}

type Query = URLSearchParams;
type Serve = (exchange: TestExchange, query: Query) => Promise<void> | void;

const json = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
};
const numberOf = (query: Query, name: string, otherwise: number): number =>
  Number(query.get(name) ?? otherwise);
const wait = (query: Query, otherwise: number) =>
  sleep(numberOf(query, "ms", otherwise), undefined, { ref: false });

const HOP_BY_HOP = [
  ...["Connection", "close, X-Hop", "X-Hop", "named by Connection", "Keep-Alive", "timeout=5"],
  ...["Proxy-Authenticate", "Basic", "Proxy-Connection", "keep-alive", "TE", "trailers"],
  ...["Trailer", "X-Trailer", "Upgrade", "h2c", "X-Kept", "end to end"],
];

const COOKIES = ["session=upstream; Path=/; HttpOnly", "theme=dark"];

/** How often each `key` of `/__test/die-once` was asked for, by the connection's server. */
const seen = new Set<string>();

const SERVE = {
  /** What arrived, as JSON. */
  async echo({ request, response, record }) {
    record.body = Buffer.concat(await request.toArray());
    const { body, method, rawHeaders, target } = record;
    json(response, { method, target, rawHeaders, body: body.toString("base64") });
  },
  /** `?status=&header=Name:Value&header=...&body=`: the head as it is told. */
  answer({ request, response }, query) {
    request.resume();
    const headers = query.getAll("header").flatMap((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)];
    });
    response.writeHead(numberOf(query, "status", 200), headers).end(query.get("body") ?? "");
  },
  /** `?bytes=base64`: these bytes and no other, then the end: a broken head, two lengths, any. */
  raw({ response }, query) {
    response.socket?.end(Buffer.from(query.get("bytes") ?? "", "base64"));
  },
  /** `?ms=`: nothing, then a whole answer. */
  async slow({ response }, query) {
    await wait(query, 1000);
    json(response, { slow: true });
  },
  /** Takes the request and never answers. */
  silent({ request }) {
    request.resume();
  },
  /** `?chunks=&bytes=&ms=`: the head at once, then a chunk at a time. */
  async drip({ response, record }, query) {
    response.writeHead(200, { "content-type": "application/octet-stream" }).flushHeaders();
    for (let left = numberOf(query, "chunks", 5); left > 0 && !response.destroyed; left--) {
      await wait(query, 20);
      response.write(Buffer.alloc(numberOf(query, "bytes", 1), "."));
      record.sentBytes += numberOf(query, "bytes", 1);
    }
    response.end();
  },
  /** The head and `?bytes=`, then silence on an open connection. */
  stall({ response }, query) {
    response.writeHead(200, { "content-type": "text/plain" });
    response.write(Buffer.alloc(numberOf(query, "bytes", 1), "."));
  },
  /** The head and `?bytes=` of a longer answer, then the connection is cut; `?chunked=1` too. */
  abort({ response }, query) {
    const bytes = numberOf(query, "bytes", 100);
    response.writeHead(200, query.has("chunked") ? {} : { "content-length": bytes * 2 });
    response.write(Buffer.alloc(bytes, "."), () => response.socket?.destroy());
  },
  /** The connection dies before a byte of the answer. */
  die({ response }) {
    response.socket?.destroy();
  },
  /** `?key=`: dies the first time that this key is asked for, and answers from then on. */
  "die-once"({ response }, query) {
    const key = query.get("key") ?? "";
    if (seen.has(key)) return json(response, { died: true });
    seen.add(key);
    response.socket?.destroy();
  },
  /** `?bytes=`, with heed of back-pressure; `sentBytes` of the record tells how far it came. */
  async huge({ response, record }, query) {
    const total = numberOf(query, "bytes", 64 * 1024 * 1024);
    const chunk = Buffer.alloc(64 * 1024, ".");
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      ...(!query.has("chunked") && { "content-length": total }),
    });
    async function* chunks() {
      for (let left = total; left > 0; left -= chunk.length) {
        yield left < chunk.length ? chunk.subarray(0, left) : chunk;
        record.sentBytes += Math.min(left, chunk.length);
      }
    }
    await pipeline(chunks, response);
  },
  /** Reads and counts a body of any size without keeping it. */
  async upload({ request, response }) {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of request) {
      bytes += chunk.length;
      hash.update(chunk);
    }
    json(response, { bytes, sha256: hash.digest("hex") });
  },
  /** Never reads the body, for `?ms=`; then answers all the same. */
  async "ignore-body"({ response }, query) {
    await wait(query, 0);
    json(response, { ignored: true });
  },
  /** Compressed where Accept-Encoding asks for it, or `?force=1` does. */
  gzip({ request, response }, query) {
    const body = Buffer.from(JSON.stringify({ text: "EarlyBird ".repeat(100) }));
    const asked = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "") || query.has("force");
    response.writeHead(200, {
      "content-type": "application/json",
      vary: "Accept-Encoding",
      ...(asked && { "content-encoding": "gzip" }),
    });
    response.end(asked ? gzipSync(body) : body);
  },
  cookies({ response }) {
    response.writeHead(200, { "set-cookie": COOKIES }).end("{}");
  },
  "hop-by-hop"({ response }) {
    response.writeHead(200, HOP_BY_HOP).end("{}");
  },
  /** Two interim answers, then the final one. */
  async "early-hints"({ response }) {
    response.writeProcessing();
    response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    await setImmediate();
    json(response, { hinted: true });
  },
  /** A chunked answer with a trailer. */
  trailers({ response }) {
    response.writeHead(200, { "content-type": "text/plain", trailer: "X-Trailer" });
    response.write("body");
    response.addTrailers({ "X-Trailer": "after the body" });
    response.end();
  },
} as const satisfies Readonly<Record<string, Serve>>;

export type TestPath = keyof typeof SERVE;

const PREFIX = "/__test/";

/** @returns null for any path that is the backend's own, or nobody's */
export function testPathOf(target: string): TestPath | null {
  const { path } = readTarget(target);
  const name = path.slice(PREFIX.length);
  return path.startsWith(PREFIX) && Object.hasOwn(SERVE, name) ? (name as TestPath) : null;
}

export async function serveTestPath(name: TestPath, exchange: TestExchange): Promise<void> {
  const serve: Serve = SERVE[name];
  await serve(exchange, new URLSearchParams(readTarget(exchange.record.target).query));
}
