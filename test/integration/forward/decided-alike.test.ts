import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { members } from "../../support/proxy/proxied-callers.ts";
import { fetchWorld, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

const SECRET = "Qm7xV2kd9Rzt4LpWs8Yb3HnJc6Tf1GaE";
type Pairs = readonly (readonly [name: string, value: string])[];

let world: ProxiedWorld;
beforeAll(async () => {
  world = await fetchWorld({ env: { FORWARD_AUTH: "nginx", FORWARD_AUTH_SECRET: SECRET } });
});
afterAll(() => world.stop());

describe("the same request, asked about and sent to the built-in proxy", () => {
  const SPELLINGS = [
    ...["/api/products/;x", "/api/products/?a;b", "/api/products/%00"],
    ...["/API/products/", "/api/products", "/api/products?", "/api/products/?customer_id=&x=1"],
    ...["/api/phase0-v2/users", "/api/phase0-v2/users/", "/api/phase0-v2/users?role=admin&role=x"],
    ...["/api/billing/payments/c-1", "/api/billing/payments/c-2", "/api/billing/payments/C-1"],
    ...["/api/billing/payments/c-1/", "/api/billing/payments/", "/api/billing/payments/c-1%20"],
    ...["/api/phase0-v2/customer/c-1/calendar?month=2026-11", "/api/nothing", "/"],
  ];
  it.each(["GET", "HEAD", "POST", "DELETE", "QUERY", "PATCH"])(
    "is decided alike in every spelling, by %s, whatever other method its head names",
    async (method) => {
      const { admin, customer } = await members(world);
      const override: Pairs = [
        ["x-http-method-override", "GET"],
        ["x-method-override", "GET"],
        ["x-http-method", "GET"],
      ];
      for (const { authorization } of [customer, admin, { authorization: null }]) {
        for (const target of SPELLINGS) {
          await world.reset();
          const shown: Pairs = authorization === null ? [] : [["authorization", authorization]];
          const asked = await world.ask({
            method: "GET",
            target: "/auth/verify",
            headers: [
              ["x-forward-auth-secret", SECRET],
              ["x-original-method", method],
              ["x-original-uri", target],
              ...[...override, ...shown],
            ],
          });
          const reason = asked.headers.get("x-forward-auth-reason");
          if (/^needs-proxy/.test(reason ?? "")) continue;
          const headers = [...override, ...shown];
          const built = await world.ask({ method, target, headers });
          const name = `${method} ${target} ${reason}`;
          const isForwarded = world.backend.received.length > 0;
          expect(asked.status === 200, name).toBe(isForwarded);
          if (!isForwarded && built.code !== null && target !== "/") {
            expect(reason, name).toBe(built.code);
          }
        }
      }
    },
  );
});
