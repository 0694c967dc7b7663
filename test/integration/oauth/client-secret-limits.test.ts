import { describe, expect, test } from "vitest";
import {
  auditLines,
  basicAuth,
  oauthGateway,
  sendForm,
  serviceClient,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";
import { expectOauthError } from "../http/expect-problem.ts";

const SECOND_SECRET = "another-secret-of-32-random-bytes-0";
const limited = (more: Readonly<Record<string, string>> = {}) =>
  oauthGateway({
    peer: "127.0.0.1",
    env: {
      ...withClients(
        serviceClient(),
        serviceClient({
          client_id: "second",
          client_secret_sha256: "B7c0nqXrI8n2yJHqd3uNgcjTnq4l0hQY0yq9c8hYx1k",
        }),
      ),
      TRUSTED_PROXIES: "127.0.0.1",
      LIMIT_SECRET_PER_ADDRESS: "3/10m",
      LIMIT_SECRET_PER_CLIENT: "5/10m",
      ...more,
    },
  });

const PATHS = ["/auth/token", "/auth/introspect", "/auth/revoke"];

const ask = (gateway: TestGateway, address: string, secret?: string, path = "/auth/introspect") =>
  sendForm(
    gateway,
    path,
    { token: "x", grant_type: "refresh_token", refresh_token: "x" },
    { "x-forwarded-for": address, ...basicAuth("service", secret) },
  );

const refusals = (gateway: TestGateway) =>
  auditLines(gateway).filter(({ name }) => name === "client.refused");

describe("wrong secrets of a client", () => {
  test("are audited under the client's name, and tell nothing else of the request", async () => {
    const gateway = await limited();
    const answer = await ask(gateway, "203.0.113.1", SECOND_SECRET);
    expectOauthError(answer, 401, "invalid_client", "client-invalid");
    expect(refusals(gateway)).toMatchObject([{ detail: "service" }]);
    expect(gateway.lines.join()).not.toContain(SECOND_SECRET);
  });

  test("are counted for their source at every endpoint together, and then none is compared, not even the right one", async () => {
    const gateway = await limited();
    for (const path of PATHS) {
      expect((await ask(gateway, "203.0.113.1", "wrong", path)).status).toBe(401);
    }
    for (const path of PATHS) {
      for (const secret of ["wrong", undefined]) {
        const refused = await ask(gateway, "203.0.113.1", secret, path);
        // The first is counted by the store, the others are remembered.
        expect([refused.status, refused.body.code]).toEqual([429, "rate-limited"]);
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(500);
      }
    }
    expect(refusals(gateway)).toHaveLength(3);
    gateway.clock.advance(601_000);
    expect((await ask(gateway, "203.0.113.1")).status).toBe(200);
  });

  test("shut no one out at another address, another network, or of another client", async () => {
    const gateway = await limited();
    for (let tries = 0; tries < 6; tries++) await ask(gateway, "203.0.113.1", "wrong");
    expect((await ask(gateway, "203.0.113.2")).status).toBe(200);
    expect((await ask(gateway, "198.51.100.1")).status).toBe(200);
    const other = { "x-forwarded-for": "203.0.113.1", ...basicAuth("second", "wrong") };
    expect((await sendForm(gateway, "/auth/introspect", { token: "x" }, other)).status).toBe(401);
  });

  test("of many sources fill the client's own budget: the audit then stops, and the right secret works from everywhere", async () => {
    const gateway = await limited();
    const statuses: number[] = [];
    for (let source = 1; source <= 8; source++) {
      statuses.push((await ask(gateway, `198.51.100.${source}`, "wrong")).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect(refusals(gateway)).toHaveLength(5);
    for (const address of ["198.51.100.1", "198.51.100.8", "192.0.2.1"]) {
      expect((await ask(gateway, address)).status).toBe(200);
    }
  });

  test("shown at once are counted exactly, and right ones beside them work", async () => {
    const gateway = await limited({ LIMIT_SECRET_PER_CLIENT: "1000/10m" });
    const wrong = Array.from({ length: 20 }, () => ask(gateway, "203.0.113.1", "wrong"));
    const right = Array.from({ length: 20 }, () => ask(gateway, "203.0.113.2"));
    const statuses = (await Promise.all(wrong)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(3);
    expect((await Promise.all(right)).every(({ status }) => status === 200)).toBe(true);
  });

  test("cost right ones nothing: no number of uses fills a budget", async () => {
    const gateway = await limited();
    for (let uses = 0; uses < 12; uses++) {
      expect((await ask(gateway, "203.0.113.1")).status).toBe(200);
    }
    expect(refusals(gateway)).toEqual([]);
  });
});
