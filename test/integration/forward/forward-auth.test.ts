import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Role, STAFF_ROLES } from "../../../src/core/roles.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { LEGACY_ROUTES, type LegacyRoute } from "../../support/legacy-backend/routes-table.ts";
import { type Caller, member, members, strangers } from "../../support/proxy/proxied-callers.ts";
import { fetchWorld, type Got, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

const SECRET = "Qm7xV2kd9Rzt4LpWs8Yb3HnJc6Tf1GaE";
const env = { FORWARD_AUTH: "nginx", FORWARD_AUTH_SECRET: SECRET };
const ROLES: readonly Role[] = ["customer", ...STAFF_ROLES];
type Pairs = readonly (readonly [name: string, value: string])[];

let world: ProxiedWorld;
beforeAll(async () => {
  world = await fetchWorld({ env });
});
afterAll(() => world.stop());
beforeEach(() => world.reset());

const shown = ({ authorization }: Caller): Pairs =>
  authorization === null ? [] : [["authorization", authorization]];

/** The head in which nginx asks about a client's request. */
const question = (method: string, target: string, more: Pairs = []): Pairs => [
  ["x-forward-auth-secret", SECRET],
  ["x-original-method", method],
  ["x-original-uri", target],
  ...more,
];

const verify = (method: string, target: string, more: Pairs = []): Promise<Got> =>
  world.ask({ method: "GET", target: "/auth/verify", headers: question(method, target, more) });

const reasonOf = ({ headers }: Got) => headers.get("x-forward-auth-reason");

/** The rules that only our own proxy can apply: they rewrite or read more than the head. */
const NEEDS_PROXY = /^needs-proxy-for-(body|query|answer|login)$/;

describe("forward-auth and the built-in proxy", () => {
  const rows = LEGACY_ROUTES.filter(
    ({ body, path }) => body === undefined && path !== "/openapi.json",
  );

  it.each(rows.map((route) => ({ ...route, name: `${route.method} ${route.path}` })))(
    "decide $name alike for every role and for strangers",
    async (route: LegacyRoute) => {
      const inside = await members(world);
      const outside = await strangers(world);
      for (const caller of [...ROLES.map((role) => inside[role]), ...outside]) {
        await world.reset();
        const { method, path } = route;
        const asked = await verify(method, path, shown(caller));
        const proxied = await world.ask({ method, target: path, headers: shown(caller) });
        if (NEEDS_PROXY.test(reasonOf(asked) ?? "")) {
          expect(asked.status).toBe(403);
          continue;
        }
        if (proxied.code === null) {
          expect(asked.status, `${asked.text} ${proxied.text}`).toBe(200);
          continue;
        }
        expect(asked.status).toBe(proxied.status === 401 ? 401 : 403);
        expect(reasonOf(asked)).toBe(proxied.code);
      }
    },
  );

  it("decide alike for most rows: few need the built-in proxy", async () => {
    const { admin, customer } = await members(world);
    const reasons = await Promise.all(
      rows.flatMap(({ method, path }) =>
        [admin, customer].map(async (caller) =>
          reasonOf(await verify(method, path, shown(caller))),
        ),
      ),
    );
    const needing = reasons.filter((reason) => NEEDS_PROXY.test(reason ?? ""));
    expect(needing.length / reasons.length).toBeLessThan(0.35);
    expect(new Set(needing)).toContain("needs-proxy-for-answer");
  });
});

describe("a caller of /auth/verify", () => {
  it.each<[string, Pairs]>([
    ["without the secret", []],
    ["with a wrong secret", [["x-forward-auth-secret", SECRET.replace("Q", "q")]]],
    ["with the secret twice", [["x-forward-auth-secret", `${SECRET}, ${SECRET}`]]],
    ["with the secret in another header", [["authorization", `Bearer ${SECRET}`]]],
  ])("%s gets 404, as for a route that does not exist", async (_, headers) => {
    const { admin } = await members(world);
    const original: Pairs = [
      ["x-original-method", "GET"],
      ["x-original-uri", "/api/products/"],
    ];
    const ask = (target: string) =>
      world.ask({ method: "GET", target, headers: [...headers, ...original, ...shown(admin)] });
    const [verified, unknown] = [await ask("/auth/verify"), await ask("/auth/unknown")];
    expect([verified.status, verified.code]).toEqual([404, "not-found"]);
    expect([unknown.status, unknown.code]).toEqual([404, "not-found"]);
    expect([...verified.headers.keys()]).toEqual([...unknown.headers.keys()]);
  });

  it("gets the identity and a token of the backend for an allowed request, for five seconds", async () => {
    const { customer } = await members(world);
    const got = await verify("GET", "/api/billing/settings", shown(customer));
    expect([got.status, got.text]).toEqual([200, ""]);
    const named = (name: string) => got.headers.get(name);
    expect([named("x-user-id"), named("x-customer-id"), named("x-user-role")]).toEqual([
      "u-1",
      "c-1",
      "customer",
    ]);
    expect(named("x-session-id")).toMatch(/./);
    expect(named("x-upstream-authorization")).toMatch(/^Bearer ey/);
    expect([named("cache-control"), named("vary")]).toEqual(["max-age=5", "Authorization"]);
  });

  it("gets no identity for a public route, whatever token the client shows", async () => {
    const { admin } = await members(world);
    const got = await verify("GET", "/api/products/", shown(admin));
    expect(got.status).toBe(200);
    expect(
      [...got.headers.keys()].filter((name) => /^x-(user|customer|session|up)/.test(name)),
    ).toEqual([]);
  });

  it("gets the reason of a refusal, which no cache keeps, and the login page for a browser", async () => {
    const refused = await verify("GET", "/api/orders/", [["accept", "text/html,*/*"]]);
    expect([refused.status, reasonOf(refused)]).toEqual([401, "token-missing"]);
    expect(refused.headers.get("cache-control")).toBe("no-store");
    expect(refused.headers.get("x-forward-auth-login")).toBe("http://localhost:8787/login");
    const program = await verify("GET", "/api/orders/");
    expect(program.headers.get("x-forward-auth-login")).toBeNull();
  });

  it("gets 503, and neither 200 nor 403, while a store is down", async () => {
    const down = await fetchWorld({
      env,
      wrapDirectory: (directory) => ({
        ...directory,
        findUsers: async () => {
          throw new AdapterError("directory", "find-users", "unavailable", { cause: undefined });
        },
      }),
    });
    const admin = await member(down, "admin");
    const headers = question("GET", "/api/phase0-v2/customers", shown(admin));
    const got = await down.ask({ method: "GET", target: "/auth/verify", headers });
    expect([got.status, reasonOf(got)]).toEqual([503, "store-unavailable"]);
    await down.stop();
  });

  it("is not answered where FORWARD_AUTH is not set", async () => {
    const plain = await fetchWorld();
    const headers = question("GET", "/api/products/");
    const got = await plain.ask({ method: "GET", target: "/auth/verify", headers });
    expect([got.status, got.code]).toEqual([404, "not-found"]);
    await plain.stop();
  });

  it("is told of a sum of requests that is spent, and gets no answer to keep where requests are counted", async () => {
    const link = "/api/shared-delivery-link/l-1";
    const first = await verify("GET", link);
    expect([first.status, first.headers.get("cache-control")]).toEqual([200, "no-store"]);
    let last = first;
    for (let asked = 0; asked < 400 && last.status === 200; asked++)
      last = await verify("GET", link);
    expect([last.status, reasonOf(last)]).toEqual([403, "rate-limited"]);
    expect(last.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  it("has sessions ended where the request that was let through switched their login off", async () => {
    const { admin, customer } = await members(world);
    const got = await verify("PUT", "/api/phase0-v2/customers/c-1/x", shown(admin));
    expect(got.status).toBe(403);
    const deleted = await verify("DELETE", "/api/phase0-v2/customers/c-1", shown(admin));
    expect([deleted.status, deleted.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const { data } = world.backend;
    data.customers_v2 = data.customers_v2.filter(({ id }) => id !== "c-1");
    await world.test.runtime.settle();
    const me = await world.ask({ method: "GET", target: "/auth/me", headers: shown(customer) });
    expect(me.status).toBe(401);
  });
});
