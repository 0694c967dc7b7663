import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { CPU, type Group, loadCase, RATE, type Target } from "../measure.ts";
import { type Checkout, checkouts, customerAt, ROOT, startDoorstep } from "../places/doorstep.ts";
import { openServer } from "../process.ts";
import { ask, bearer, must, refusesWrongTokens } from "../prove.ts";

const REQUESTS = 15_000;
const VERIFY = "/auth/verify, token remembered";
const OURS = `Doorstep: ${VERIFY}`;
const HONO = "bare hono, a JSON body";

/** The answer to a proxy that asks about a request, beside the least that hono can answer. */
export const FORWARD_AUTH: Group = {
  name: "forward-auth",
  title: `A forward-auth answer, 32 connections, ${REQUESTS} requests a round`,
  rounds: 4,
  size: REQUESTS,
  comparisons: [
    { figure: RATE, ours: OURS, against: HONO, aim: { atLeast: 0.9 } },
    { figure: CPU, ours: OURS, against: HONO, aim: { atMost: 1.2 } },
  ],
  async open(folder, size) {
    const hono = await openServer("peers/hono-json.ts");
    const json: Target = {
      name: HONO,
      pids: [hono.pid],
      order: { url: `${hono.url}/verify`, headers: {}, status: 200, length: 16 },
      prove: async () => undefined,
    };
    const targets = [json];
    for (const checkout of checkouts()) targets.push(await verifyTarget(folder, checkout));
    return { cases: targets.map((each) => loadCase(each, size)), skipped: [] };
  },
};

async function verifyTarget(folder: string, { label, root }: Checkout): Promise<Target> {
  const name = `${label}: ${VERIFY}`;
  const secret = randomBytes(32).toString("hex");
  const env = {
    FORWARD_AUTH: "nginx",
    FORWARD_AUTH_SECRET: secret,
    LEGACY_JWT_SECRET: randomBytes(48).toString("base64"),
    POLICY_FILE: join(ROOT, "policy/earlybird.json"),
  };
  const gateway = await startDoorstep(join(folder, `forward-auth-${label}`), env, root);
  const { customerId, token } = await customerAt(gateway);
  const url = `${gateway.url}/auth/verify`;
  const asked = { "x-original-method": "GET", "x-original-uri": "/api/orders/" };
  const headers = { "x-forward-auth-secret": secret, ...asked, ...bearer(token) };
  const { authorization, ...nameless } = headers;
  return {
    name,
    pids: [gateway.pid],
    lines: gateway.lines,
    order: { url, headers, status: 200, length: 0 },
    async prove() {
      const right = await ask(url, { headers });
      const named = right.headers.get("x-customer-id");
      must(name, right.status === 200 && named === customerId, `${right.status} for ${named}`);
      await refusesWrongTokens(name, url, token, { headers: nameless });
      const users = { ...headers, "x-original-uri": "/api/admin/users" };
      must(name, (await ask(url, { headers: users })).status === 403, "the policy is not asked");
      const stranger = { headers: { ...asked, authorization } };
      must(name, (await ask(url, stranger)).status === 404, "the secret is not asked for");
    },
  };
}
