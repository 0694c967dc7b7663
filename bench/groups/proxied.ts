import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { sign } from "hono/jwt";
import { CPU, type Group, loadCase, RATE, type Target } from "../measure.ts";
import { BODY } from "../peers/body.ts";
import {
  checkouts,
  customerAt,
  inFrontOf,
  type RunningDoorstep,
  startDoorstep,
} from "../places/doorstep.ts";
import { nginxMissing, startNginx } from "../places/nginx.ts";
import { JUDGED_PATH, judgedBody, writeJudgingPolicy } from "../places/policies.ts";
import { openServer } from "../process.ts";
import { ask, bearer, must, refusesWrongTokens } from "../prove.ts";

const PATH = "/api/orders/";
const REQUESTS = 15_000;

const GET = "token, session, policy, log";
const POST = "POST of 300 B, schema, sums, owner";
const OURS = `Doorstep: ${GET}`;
const JUDGED = `Doorstep: ${POST}`;
const UNDICI = "node:http + undici Pool.stream";
const NGINX_JWT = "nginx auth_request + hono jwt";
const HONO = "hono jwt + proxy()";

/** A GET through Doorstep and through other proxies, and a judged POST. */
export const PROXIED: Group = {
  name: "proxied",
  title: `A proxied GET of ${BODY.length} bytes, 32 connections, ${REQUESTS} requests a round`,
  rounds: 4,
  size: REQUESTS,
  comparisons: [
    { figure: CPU, ours: OURS, against: UNDICI, aim: { atMost: 1.25 } },
    { figure: CPU, ours: OURS, against: NGINX_JWT, aim: { atMost: 0.5 } },
    { figure: CPU, ours: OURS, against: HONO, aim: { atMost: 0.22 } },
    { figure: CPU, ours: JUDGED, against: OURS, aim: { atMost: 1.5 } },
    { figure: RATE, ours: OURS, against: NGINX_JWT, aim: { atLeast: 1 } },
  ],
  async open(folder, size) {
    const upstream = await openServer("peers/upstream.ts");
    const skipped: string[] = [];
    const targets = [
      plain("bare node:http, not proxied", upstream.url, [upstream.pid]),
      ...(await nginxTargets(folder, upstream.url, skipped)),
      ...(await nodePeers(upstream.url)),
      ...(await doorstepTargets(folder, upstream.url)),
    ];
    return { cases: targets.map((target) => loadCase(target, size)), skipped };
  },
};

const getOrder = (url: string, headers: Readonly<Record<string, string>>) => ({
  url: url + PATH,
  headers,
  status: 200,
  length: BODY.length,
});

/** A GET of one that judges nothing. */
export function plain(name: string, url: string, pids: readonly number[]): Target {
  const order = getOrder(url, {});
  return { name, pids, order, prove: () => answersAsTheBackend(name, order.url, {}) };
}

/** One that verifies a JWT before it forwards. */
function judging(name: string, url: string, pids: readonly number[], token: string): Target {
  const order = getOrder(url, bearer(token));
  return {
    name,
    pids,
    order,
    async prove() {
      await answersAsTheBackend(name, order.url, order.headers);
      await refusesWrongTokens(name, order.url, token);
    },
  };
}

async function answersAsTheBackend(
  name: string,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { status, text } = await ask(url, { headers });
  must(name, status === 200 && text === BODY.toString(), `${status}, not the backend's answer`);
}

/** The secret of the peers, and a token that it signed. */
async function peerToken(): Promise<{ readonly secret: string; readonly token: string }> {
  const secret = randomBytes(32).toString("hex");
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return { secret, token: await sign({ sub: "u-1", role: "customer", exp }, secret, "HS256") };
}

async function nginxTargets(
  folder: string,
  upstream: string,
  skipped: string[],
): Promise<readonly Target[]> {
  const missing = nginxMissing();
  if (missing !== null) {
    skipped.push(`nginx: ${missing}`);
    return [];
  }
  const { secret, token } = await peerToken();
  const verifier = await openServer("peers/verifier.ts", secret);
  const pass = await startNginx(folder, upstream, null);
  const auth = await startNginx(folder, upstream, verifier.url);
  return [
    plain("nginx proxy_pass", pass.url, [pass.pid]),
    judging(NGINX_JWT, auth.url, [auth.pid, verifier.pid], token),
  ];
}

async function nodePeers(upstream: string): Promise<readonly Target[]> {
  const { secret, token } = await peerToken();
  const stream = await openServer("peers/undici-stream.ts", upstream);
  const hono = await openServer("peers/hono-proxy.ts", upstream, secret);
  return [plain(UNDICI, stream.url, [stream.pid]), judging(HONO, hono.url, [hono.pid], token)];
}

async function doorstepTargets(folder: string, upstream: string): Promise<readonly Target[]> {
  const policy = writeJudgingPolicy(folder);
  const targets: Target[] = [];
  for (const { label, root } of checkouts()) {
    const place = join(folder, `proxied-${label}`);
    const gateway = await startDoorstep(place, inFrontOf(upstream, policy), root);
    const { customerId, token } = await customerAt(gateway);
    targets.push(doorstepGet(`${label}: ${GET}`, gateway, upstream, token));
    targets.push(judgedPost(`${label}: ${POST}`, gateway, upstream, token, customerId));
  }
  return targets;
}

/** A GET of a Doorstep that forwards to `upstream`. */
export function doorstepGet(
  name: string,
  gateway: Pick<RunningDoorstep, "lines" | "pid" | "url">,
  upstream: string,
  token: string,
): Target {
  const target = judging(name, gateway.url, [gateway.pid], token);
  return {
    ...target,
    lines: gateway.lines,
    async prove() {
      await target.prove();
      const other = await ask(`${gateway.url}/api/admin/users`, { headers: bearer(token) });
      must(name, other.status === 403, `the policy lets a customer read users: ${other.status}`);
      await ask(target.order.url, { headers: { ...bearer(token), prefer: "prove" } });
      const { headers, url } = JSON.parse((await ask(`${upstream}/__last`)).text);
      must(name, url === PATH, `the backend was asked for ${url}`);
      must(name, headers["x-user-id"] !== undefined, "the backend is not told the user");
      must(name, headers.authorization !== `Bearer ${token}`, "the backend got the own token");
    },
  };
}

export function judgedPost(
  name: string,
  gateway: RunningDoorstep,
  upstream: string,
  token: string,
  customerId: string,
): Target {
  const [body, url] = [judgedBody(customerId), gateway.url + JUDGED_PATH];
  const headers = { ...bearer(token), "content-type": "application/json" };
  const post = (text: string, more: Readonly<Record<string, string>> = {}) =>
    ask(url, { method: "POST", headers: { ...headers, ...more }, body: text });
  return {
    name,
    pids: [gateway.pid],
    lines: gateway.lines,
    order: { url, method: "POST", headers, body, status: 200, length: BODY.length },
    async prove() {
      const right = await post(body, { prefer: "prove" });
      must(name, right.status === 200 && right.text === BODY.toString(), `${right.status}`);
      const seen = JSON.parse((await ask(`${upstream}/__last`)).text);
      must(name, body.length === 300 && seen.body === body, "the backend got another body");
      const foreign = body.replace(customerId, `${customerId.slice(0, -1)}2`);
      must(name, (await post(foreign)).status === 403, "a document of others passes");
      const { status } = await post(body.replace('"price":31.5', '"price":30.5'));
      must(name, status === 422, `wrong sums are answered ${status}`);
      const wrong = { method: "POST", headers: { "content-type": "application/json" }, body };
      await refusesWrongTokens(name, url, token, wrong);
    },
  };
}
