import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProxyFamily } from "../../../src/core/proxy-family.ts";
import { readAsked } from "../../../src/proxy/forward/asked-request.ts";
import { members } from "../../support/proxy/proxied-callers.ts";
import { fetchWorld, type Got, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

const SECRET = "Qm7xV2kd9Rzt4LpWs8Yb3HnJc6Tf1GaE";
type Pairs = readonly (readonly [name: string, value: string])[];

/** A gateway for each family, all in front of a backend of their own. */
const worlds = new Map<ProxyFamily, ProxiedWorld>();
beforeAll(async () => {
  for (const family of ["nginx", "traefik", "caddy", "envoy"] as const) {
    const env = { FORWARD_AUTH: family, FORWARD_AUTH_SECRET: SECRET };
    worlds.set(family, await fetchWorld({ env }));
  }
});
beforeEach(async () => {
  for (const world of worlds.values()) await world.reset();
});
afterAll(async () => {
  for (const world of worlds.values()) await world.stop();
});

function worldOf(family: ProxyFamily): ProxiedWorld {
  const world = worlds.get(family);
  if (world === undefined) throw new Error(family);
  return world;
}

const ask = (family: ProxyFamily, target: string, headers: Pairs, method = "GET"): Promise<Got> =>
  worldOf(family).ask({
    method,
    target,
    headers: [["x-forward-auth-secret", SECRET], ...headers],
  });

const nginx = (uri: string, more: Pairs = []): Promise<Got> =>
  ask("nginx", "/auth/verify", [["x-original-method", "GET"], ["x-original-uri", uri], ...more]);

const PUBLIC = "/api/products/";
const CLOSED = "/api/phase0-v2/users";

describe("a client that sends the headers of another proxy (oauth2-proxy CVE-2026-40575)", () => {
  const SPOOFED: Pairs = [
    ["x-forwarded-uri", PUBLIC],
    ["x-forwarded-method", "GET"],
    ["x-original-url", PUBLIC],
    ["x-rewrite-url", PUBLIC],
    ["x-envoy-original-path", PUBLIC],
  ];

  it("is judged by nginx's own headers alone", async () => {
    expect((await nginx(CLOSED, SPOOFED)).status).toBe(401);
    expect((await nginx(PUBLIC)).status).toBe(200);
  });

  it.each(["caddy", "traefik"] as const)("is judged by those of %s alone", async (family) => {
    const own: Pairs = [
      ["x-forwarded-method", "GET"],
      ["x-forwarded-uri", CLOSED],
    ];
    const nginxs: Pairs = [
      ["x-original-method", "GET"],
      ["x-original-uri", PUBLIC],
    ];
    expect((await ask(family, "/auth/verify", [...own, ...nginxs])).status).toBe(401);
    expect((await ask(family, "/auth/verify", nginxs)).status).toBe(403);
    expect((await ask(family, `/auth/verify${PUBLIC}`, own)).status).toBe(401);
  });

  it("is judged by Envoy's own path and method alone", async () => {
    expect((await ask("envoy", `/auth/verify${CLOSED}`, SPOOFED)).status).toBe(401);
    expect((await ask("envoy", `/auth/verify${PUBLIC}`, [])).status).toBe(200);
    expect((await ask("envoy", `/auth/verify${PUBLIC}`, [], "DELETE")).status).toBe(401);
    expect((await ask("envoy", "/auth/verify", SPOOFED)).status).toBe(403);
  });

  it.each(["x-original-uri", "x-original-method"])(
    "is refused where the raw head has %s twice, in any order",
    (name) => {
      const own: Pairs = [
        ["x-original-method", "GET"],
        ["x-original-uri", PUBLIC],
      ];
      const call = { method: "GET", target: "/auth/verify", fields: own };
      expect(readAsked("nginx", call).ok).toBe(true);
      const again = own.filter(([one]) => one === name);
      const heads = [
        [...own, ...again],
        [...again, ...own],
      ];
      for (const fields of heads) {
        expect(readAsked("nginx", { ...call, fields }).ok).toBe(false);
      }
    },
  );

  it("is refused where a header comes twice: the proxy's own and the client's", async () => {
    const twice = await nginx(CLOSED, [["x-original-uri", PUBLIC]]);
    expect([twice.status, twice.headers.get("x-forward-auth-reason")]).toEqual([
      403,
      "request-malformed",
    ]);
  });
});

describe("a header that a backend could read as another one (oauth2-proxy CVE-2025-64484)", () => {
  it("with underscores names neither the target nor the secret", async () => {
    const { test } = worldOf("nginx");
    const head = {
      x_original_uri: PUBLIC,
      x_original_method: "GET",
      x_forward_auth_secret: SECRET,
    };
    expect((await test.app.request("/auth/verify", { headers: head })).status).toBe(404);
    const shown = { ...head, "x-forward-auth-secret": SECRET };
    expect((await test.app.request("/auth/verify", { headers: shown })).status).toBe(403);
  });
});

describe("a target that two readers could read in two ways", () => {
  it.each([`${CLOSED}?x=${PUBLIC}`, `${CLOSED}?/api/products/`, `${CLOSED}?`])(
    "is judged by its path alone, whatever its query says (oauth2-proxy CVE-2025-54576): %s",
    async (uri) => {
      expect((await nginx(uri)).status).toBe(401);
    },
  );

  it.each([
    ["a fragment (oauth2-proxy CVE-2026-41059)", `${PUBLIC}#/../users`],
    ["dot segments (oathkeeper GHSA-p224-6x5r-fjpm)", "/api/phase0-v2/users/../../products/"],
    ["dot segments at the end", "/api/phase0-v2/users/%2e%2e/%2E./products/"],
    ["an escaped slash", "/api/products%2f"],
    ["a doubled slash", "/api//products/"],
    ["a leading doubled slash", "//api/products/"],
    ["a backslash", "/api/phase0-v2\\..\\products/"],
    ["an absolute target", "http://other.example/api/products/"],
    ["an escape of an escape", "/api/products/%252e%252e/users"],
    ["a letter written as an escape", "/api/%70roducts/"],
    ["a space", "/api/products/ /api/products/"],
    ["another authority", "@other.example/api/products/"],
    ["a port", ":80/api/products/"],
    ["no slash at its start", "api/products/"],
    ["a letter that is no ASCII", "/api/products/\u00e9"],
    ["nothing", ""],
  ])("is refused with %s: the proxy forwards it as it came", async (_, uri) => {
    const got = await nginx(uri);
    expect([got.status, got.headers.get("x-forward-auth-reason")]).toEqual([
      403,
      "request-malformed",
    ]);
  });
});

describe("a question of Envoy, which names its target in its own", () => {
  it.each(["/api/orders/{x}", "/api/orders/?a='", "/api/orders/<x>", "/api/orders/`x`"])(
    "is refused for %s, which a parsed URL would show in another spelling than Envoy sends on",
    (target) => {
      const call = { method: "GET", fields: [] };
      const read = (spelled: string) =>
        readAsked("envoy", { ...call, target: `/auth/verify${spelled}` });
      const parsed = new URL(target, "http://localhost");
      expect(read(parsed.pathname + parsed.search).ok).toBe(true);
      expect(read(target).ok).toBe(false);
    },
  );

  it.each(["/auth/%76erify", "/auth%2Fverify", "/AUTH/verify", "/auth/verifyx", "//auth/verify"])(
    "or of any other proxy is no question at %s, whatever secret it shows",
    async (path) => {
      for (const family of ["envoy", "nginx"] as const) {
        const target = family === "envoy" ? path + PUBLIC : path;
        const own: Pairs = [
          ["x-original-method", "GET"],
          ["x-original-uri", PUBLIC],
        ];
        const got = await ask(family, target, own);
        expect([got.status >= 400, got.headers.get("x-forward-auth-reason")]).toEqual([true, null]);
      }
    },
  );
});

describe("a query that a rule judges", () => {
  const CALENDAR = "/api/phase0-v2/customer/c-1/calendar";
  it.each(["?%6Donth=2026-11", "?month=2026%2D11", "?month=2026-11&", "?&month=2026-11"])(
    "is refused in another spelling than the judged one, since the proxy sends it on as it came: %s",
    async (query) => {
      const { customer } = await members(worldOf("nginx"));
      const shown: Pairs = [["authorization", customer.authorization ?? ""]];
      expect((await nginx(`${CALENDAR}?month=2026-11`, shown)).status).toBe(200);
      const got = await nginx(CALENDAR + query, shown);
      expect([got.status, got.headers.get("x-forward-auth-reason")]).toEqual([
        403,
        "request-malformed",
      ]);
    },
  );
});

describe("a rule of which the head shows only a part", () => {
  const V2 = "/api/phase0-v2";
  it.each<[who: "customer" | "admin" | "nobody", method: string, uri: string, part: string]>([
    ["customer", "POST", `${V2}/customer/c-1/pause`, "body"],
    ["customer", "POST", "/api/billing/wallet/topup", "body"],
    ["customer", "GET", `${V2}/subscriptions?customer_id=c-2`, "query"],
    ["admin", "GET", `${V2}/users`, "answer"],
    ["customer", "GET", "/api/auth/me", "answer"],
    ["nobody", "POST", "/api/auth/login", "login"],
  ])(
    "is a refusal for %s: %s %s needs our own proxy for the %s",
    async (who, method, uri, part) => {
      const inside = await members(worldOf("nginx"));
      const token = who === "nobody" ? "" : (inside[who].authorization ?? "");
      const got = await ask("nginx", "/auth/verify", [
        ["x-original-method", method],
        ["x-original-uri", uri],
        ...(token === "" ? [] : [["authorization", token] as const]),
      ]);
      expect([got.status, got.headers.get("x-forward-auth-reason")]).toEqual([
        403,
        `needs-proxy-for-${part}`,
      ]);
    },
  );
});

describe("a request that looks like a probe (oauth2-proxy CVE-2026-34457)", () => {
  it.each(["GoogleHC/1.0", "kube-probe/1.33", "ELB-HealthChecker/2.0", ""])(
    "by its User-Agent %j is judged like any other",
    async (agent) => {
      expect((await nginx(CLOSED, [["user-agent", agent]])).status).toBe(401);
      expect((await nginx("/healthz", [["user-agent", agent]])).status).toBe(401);
    },
  );
});

describe("a token that one rule accepted (oathkeeper CVE-2026-33496)", () => {
  it("is judged anew by each rule, although the token itself is remembered", async () => {
    const { customer, supplier } = await members(worldOf("nginx"));
    const bearing = (token: string | null): Pairs => [["authorization", token ?? ""]];
    const own = await nginx("/api/billing/settings", bearing(customer.authorization));
    expect(own.status).toBe(200);
    for (const target of [CLOSED, "/api/phase0-v2/customers", "/api/billing/payments/c-2"]) {
      expect((await nginx(target, bearing(customer.authorization))).status, target).toBe(403);
    }
    const other = await nginx("/api/phase0-v2/dashboard", bearing(supplier.authorization));
    expect(other.status).toBe(403);
  });
});

describe("an id that a header cannot carry as it stands", () => {
  it.each([
    ["u-admin ", "u-admin%20"],
    ["u-admin\r\nX-User-Role: admin", "u-admin%0D%0AX-User-Role:%20admin"],
    ["आशा", "%E0%A4%86%E0%A4%B6%E0%A4%BE"],
  ])("names no other person, as at the built-in proxy: %j is %s", async (sub, carried) => {
    const world = worldOf("nginx");
    const admin = world.backend.data.users.find(({ id }) => id === "u-admin");
    world.backend.data.users.push({ ...admin, id: sub, email: "other@earlybird.com" });
    const exp = Math.floor(Date.now() / 1000) + 3_600;
    const token = await world.backend.token({ sub, role: "admin", exp });
    const authorization = ["authorization", `Bearer ${token}`] as const;
    const got = await nginx("/api/phase0-v2/dashboard", [authorization]);
    expect([got.status, got.headers.get("x-user-id")]).toEqual([200, carried]);
    await world.ask({
      method: "GET",
      target: "/api/phase0-v2/dashboard",
      headers: [authorization],
    });
    expect(world.backend.received.at(-1)?.values("x-user-id")).toEqual([carried]);
  });
});

describe("a question by OPTIONS", () => {
  it.each(["nginx", "traefik", "caddy", "envoy"] as const)(
    "of %s is no yes: a proxy that takes any 2xx would forward what no rule has judged",
    async (family) => {
      const target = family === "envoy" ? `/auth/verify${CLOSED}` : "/auth/verify";
      const own: Pairs = [
        ...[["x-original-method", "OPTIONS"] as const, ["x-original-uri", CLOSED] as const],
        ...[["x-forwarded-method", "OPTIONS"] as const, ["x-forwarded-uri", CLOSED] as const],
        ["origin", "https://shop.example"],
      ];
      const got = await ask(family, target, own, "OPTIONS");
      expect([got.status, got.headers.get("x-forward-auth-reason")]).toEqual([
        401,
        "token-missing",
      ]);
    },
  );
});
