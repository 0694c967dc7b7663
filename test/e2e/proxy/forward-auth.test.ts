import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { LEGACY_ROUTES } from "../../support/legacy-backend/routes-table.ts";
import {
  type FrontProxy,
  frontProxyMissing,
  startFrontProxy,
} from "../../support/proxy/front-proxy.ts";
import { type Caller, members } from "../../support/proxy/proxied-callers.ts";
import { askPort, socketWorld } from "../../support/proxy/proxied-world.ts";
import { describeWith } from "../../support/stores/service.ts";

const SECRET = "Qm7xV2kd9Rzt4LpWs8Yb3HnJc6Tf1GaE";

/** The headers of identity that a client may invent, also where a backend reads `_` as `-`. */
const FORGED = [
  ["X-User-Id", "u-forged"],
  ["X-Customer-Id", "c-forged"],
  ["X-User-Role", "forged"],
  ["X-Session-Id", "s-forged"],
  ["X-Upstream-Authorization", "Bearer forged"],
  ["X_User_Id", "u-forged"],
  ["Cookie", "session=forged"],
  ["X-Forwarded-For", "9.9.9.9, forged"],
  ["X-Forwarded-Host", "forged.example"],
  ["X-Forwarded-Proto", "forged"],
  ["X-Forwarded-Port", "forged"],
  ["X-Forwarded-Uri", "/forged"],
  ["X-Forwarded-Prefix", "/forged"],
  ["X-Original-URI", "/forged"],
  ["Forwarded", "for=forged;proto=https"],
  ["X-Real-IP", "forged"],
] as const;

/** Names that a proxy drops as hop-by-hop fields, if it believes the client. */
const NAMED_HOP_BY_HOP = [
  ["Connection", "X-User-Id, X-Customer-Id, X-User-Role, X-Session-Id, close"],
] as const;

const PROXIES: readonly FrontProxy[] = ["nginx", "caddy"];

for (const proxy of PROXIES) {
  describeWith(proxy, frontProxyMissing(proxy), `${proxy} in front, as documented`, () => {
    let world: Awaited<ReturnType<typeof socketWorld>>;
    let front: Awaited<ReturnType<typeof startFrontProxy>>;
    beforeAll(async () => {
      const env = {
        FORWARD_AUTH: proxy,
        FORWARD_AUTH_SECRET: SECRET,
        TRUSTED_PROXIES: "127.0.0.1",
      };
      world = await socketWorld({ env });
      const { port: gatewayPort } = world;
      const places = { gatewayPort, backendUrl: world.backend.url, secret: SECRET };
      front = await startFrontProxy(proxy, places);
    });
    beforeEach(() => world.reset());
    afterAll(async () => {
      await front.stop();
      await world.stop();
    });

    const ask = (
      method: string,
      target: string,
      caller: Caller,
      more: readonly (readonly [string, string])[] = [],
    ) =>
      askPort(front.port, {
        method,
        target,
        headers: [
          ...more,
          ...(caller.authorization === null
            ? []
            : [["authorization", caller.authorization] as const]),
        ],
      });
    const nobody: Caller = { authorization: null };

    it(`${proxy} lets through what the built-in proxy lets through, row by row, and the rest not`, async () => {
      const rows = LEGACY_ROUTES.filter(
        ({ body, path }) => body === undefined && path !== "/openapi.json",
      );
      const { admin, customer, delivery_boy } = await members(world);
      let passed = 0;
      for (const { method, path } of rows) {
        for (const caller of [customer, admin, delivery_boy, nobody]) {
          await world.reset();
          const fronted = await ask(method, path, caller, FORGED);
          const seen = [...world.backend.received];
          await world.reset();
          const headers = [["authorization", caller.authorization ?? ""]] as const;
          const built = await world.ask({
            method,
            target: path,
            headers: caller.authorization === null ? [] : headers,
          });
          const reason = fronted.headers.get("x-forward-auth-reason") ?? "";
          const name = `${method} ${path} ${reason}`;
          if (reason.startsWith("needs-proxy")) {
            expect([fronted.status, seen.length], name).toEqual([403, 0]);
          } else if (built.code === null) {
            expect([fronted.status, seen.length], name).toEqual([built.status, 1]);
            expect(seen[0]?.target).toBe(path);
            expect(JSON.stringify(seen[0]?.rawHeaders), name).not.toContain("forged");
            passed++;
          } else {
            expect([fronted.status, seen.length], name).toEqual([
              built.status === 401 ? 401 : 403,
              0,
            ]);
            expect(reason, name).toBe(built.code);
          }
        }
      }
      expect(passed).toBeGreaterThan(40);
    }, 60_000);

    it(`${proxy} tells the backend who calls, by Doorstep's own token and by no header of the client`, async () => {
      const { customer } = await members(world);
      expect((await ask("GET", "/api/billing/settings", customer, FORGED)).status).toBe(200);
      const [seen] = world.backend.received;
      expect(seen?.values("x-user-id")).toEqual(["u-1"]);
      expect(seen?.values("x-customer-id")).toEqual(["c-1"]);
      const [token = ""] = seen?.values("authorization") ?? [];
      expect(token).toMatch(/^Bearer ey/);
      expect(token).not.toBe(customer.authorization);
      expect(JSON.stringify(seen?.rawHeaders)).not.toContain(SECRET);
    });

    it(`${proxy} lets no client take the headers of identity away by its Connection (oathkeeper GHSA-w9mr-28mw-j8hg)`, async () => {
      const { customer } = await members(world);
      const got = await ask("GET", "/api/billing/settings", customer, NAMED_HOP_BY_HOP);
      expect(got.status).toBe(200);
      const [seen] = world.backend.received;
      expect(seen?.values("x-user-id")).toEqual(["u-1"]);
      expect(seen?.values("x-customer-id")).toEqual(["c-1"]);
      expect(seen?.values("x-user-role")).toEqual(["customer"]);
      expect(seen?.values("x-session-id")).toHaveLength(1);
    });

    it(`${proxy} shows neither the secret's route nor the token of the backend to a client`, async () => {
      const { admin } = await members(world);
      const direct = await ask("GET", "/auth/verify", admin);
      expect(direct.status).toBe(404);
      const got = await ask("GET", "/api/phase0-v2/customers", admin);
      expect(got.status).toBe(200);
      expect(got.headers.get("x-upstream-authorization")).toBeNull();
    });
  });
}

describeWith("nginx", frontProxyMissing("nginx"), "nginx's cache of answers, as documented", () => {
  it("keeps an answer for its token, method and target alone, and forgets a revoked session within seconds", async () => {
    const env = {
      FORWARD_AUTH: "nginx",
      FORWARD_AUTH_SECRET: SECRET,
      TRUSTED_PROXIES: "127.0.0.1",
    };
    const world = await socketWorld({ env });
    const places = { gatewayPort: world.port, backendUrl: world.backend.url, secret: SECRET };
    const front = await startFrontProxy("nginx", places);
    const { admin, customer } = await members(world);
    const questions = () =>
      world.test.lines.filter((line) => line.includes('"route":"/auth/verify')).length;
    const status = async (target: string, { authorization }: Caller, method = "GET") =>
      (
        await askPort(front.port, {
          method,
          target,
          headers: [["authorization", authorization ?? ""]],
        })
      ).status;
    const before = questions();
    for (let asked = 0; asked < 10; asked++) {
      expect(await status("/api/billing/settings", customer)).toBe(200);
    }
    expect(questions() - before).toBeLessThanOrEqual(3);
    expect(await status("/api/phase0-v2/dashboard", admin)).toBe(200);
    expect(await status("/api/phase0-v2/dashboard", customer)).toBe(403);
    expect(await status("/api/billing/settings", customer, "DELETE")).toBe(403);
    const out = await world.ask({
      method: "POST",
      target: "/auth/logout",
      headers: [["authorization", customer.authorization ?? ""]],
    });
    expect(out.status).toBe(204);
    await expect
      .poll(() => status("/api/billing/settings", customer), { timeout: 15_000, interval: 500 })
      .toBe(401);
    await front.stop();
    await world.stop();
  }, 40_000);
});
