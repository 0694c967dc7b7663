/** Doorstep's forwarding alone, without token, session and policy: header rules and the upstream. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { unlessSent } from "../../src/adapters/undici/responses.ts";
import { undiciUpstream } from "../../src/adapters/undici/upstream.ts";
import { originOf } from "../../src/core/address/origin.ts";
import { answerHead } from "../../src/proxy/wire/answer-head.ts";
import { requestHead } from "../../src/proxy/wire/request-head.ts";
import { traceOf } from "../../src/proxy/wire/trace-context.ts";
import { announce } from "./listen.ts";

const upstreamOrigin = `${process.argv[2]}`;
const upstream = undiciUpstream({ origin: upstreamOrigin, timeoutMs: 30_000 });
const publicUrl = originOf(new URL("http://localhost:8787"));
const requestId = "bench";

const app = new Hono();
app.get("/*", async ({ env, req: { path, raw } }) => {
  const headers = requestHead([...raw.headers], {
    identity: null,
    requestId,
    trace: traceOf(null, null, crypto.getRandomValues(new Uint8Array(24))),
    clientAddress: "127.0.0.1",
    publicUrl,
    judgesAnswer: false,
    added: new Set(),
  });
  const result = await upstream.exchange(
    { request: raw, platform: env, source: "bench" },
    { method: "GET", target: path, headers, body: "stream", maxBodyBytes: 2 ** 20 },
    (head) => ({
      kind: "stream",
      head: answerHead(head, {
        requestId,
        upstream: originOf(new URL(upstreamOrigin)),
        isHttps: false,
        isPrivate: true,
        isJudged: false,
        origin: null,
        allowedOrigins: [],
      }),
    }),
  );
  return result.ok ? result.value.response : new Response(null, { status: 502 });
});

await announce(
  createAdaptorServer({
    fetch: async (request, platform) => unlessSent(platform, await app.fetch(request, platform)),
  }) as Server,
);
