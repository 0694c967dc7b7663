import { describe, expect, test } from "vitest";
import { securityHead } from "../../../src/proxy/wire/security-head.ts";
import { customer } from "../../cases-extra/people.ts";
import { call, logIn, post, send } from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { faults } from "../http/failing-ports.ts";

const ports = faults();
const gateway = await testGateway({
  ...ports.options,
  documents: { customers_v2: [customer("c-1", "9876500001")] },
});
const ORIGIN = "http://localhost:3000";

describe("every answer, good or bad,", () => {
  const answers = async () => {
    const good = [
      await logIn(gateway, "9876500001"),
      await call(gateway, "GET", "/healthz"),
      await call(gateway, "GET", "/problems/otp-rejected"),
      await call(gateway, "GET", "/.well-known/jwks.json"),
    ];
    ports.throwing(() => new Error("broken"));
    ports.failOn(() => true);
    const bad = [
      await post(gateway, "/auth/otp", { phone: "9876500001" }),
      await call(gateway, "GET", "/nowhere"),
      await call(gateway, "PUT", "/auth/otp"),
      await post(gateway, "/auth/token", {}),
    ];
    ports.heal();
    return [...good, ...bad];
  };

  test("every answer, good or bad, is no page for a browser to play with, and has a request id of its own", async () => {
    const ids = new Set<string | null>();
    for (const { headers } of await answers()) {
      // The list that proxied answers have as well.
      for (const [name, value] of securityHead({ isHttps: false, isPrivate: true })) {
        expect([name, headers.get(name)]).toEqual([name, value]);
      }
      ids.add(headers.get("x-request-id"));
    }
    expect(ids.size).toBe(8);
    expect(ids).not.toContain(null);
  });

  test("every answer, good or bad, sets no cookie and names no software", async () => {
    for (const { headers } of await answers()) {
      for (const name of ["set-cookie", "server", "x-powered-by"]) {
        expect(headers.get(name), name).toBeNull();
      }
    }
  });
});

describe("pages of other origins", () => {
  const from = (origin: string, method: string, path: string) =>
    send(gateway, path, { method, headers: { origin, "access-control-request-method": "POST" } });

  test("pages of other origins may call if they are allowed, without credentials", async () => {
    for (const [method, path] of [
      ["OPTIONS", "/auth/otp"],
      ["GET", "/auth/me"],
    ] as const) {
      const { headers } = await from(ORIGIN, method, path);
      expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      expect(headers.get("vary")).toContain("Origin");
    }
    const { headers } = await from(ORIGIN, "GET", "/auth/me");
    expect(headers.get("access-control-expose-headers")).toMatch(/Retry-After.*X-Request-Id/);
  });

  test("pages of other origins are told nothing else", async () => {
    for (const origin of ["https://evil.example", "null", `${ORIGIN}.evil.example`]) {
      for (const method of ["OPTIONS", "POST"]) {
        const { headers } = await from(origin, method, "/auth/otp");
        expect(headers.get("access-control-allow-origin"), origin).toBeNull();
      }
    }
  });
});

test("keys and metadata may be kept for five minutes; the keys are public ones", async () => {
  for (const path of ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"]) {
    const { headers } = await call(gateway, "GET", path);
    expect(headers.get("cache-control")).toBe("public, max-age=300");
  }
  const { body } = await call(gateway, "GET", "/.well-known/jwks.json");
  expect(body.keys.length).toBeGreaterThan(0);
  for (const key of body.keys) {
    expect(key).toMatchObject({ kid: expect.any(String), alg: expect.any(String) });
    for (const member of ["d", "p", "q", "dp", "dq", "qi", "k"]) {
      expect(key).not.toHaveProperty(member);
    }
  }
});
