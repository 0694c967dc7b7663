import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Asked, askBackend, CLAIMS_OF } from "../../support/legacy-backend/callers.ts";
import { findOne } from "../../support/legacy-backend/filter.ts";
import { markerOf } from "../../support/legacy-backend/markers.ts";
import { type LegacyBackend, startLegacyBackend } from "../../support/legacy-backend/start.ts";
import { rawExchange } from "../../support/proxy/raw-client.ts";

describe("how the stand-in reads a request", () => {
  let backend: LegacyBackend;
  beforeAll(async () => {
    backend = await startLegacyBackend();
  });
  afterAll(() => backend.stop());

  const ask = (match: string, asked: Asked = {}) =>
    askBackend(backend, match, { claims: CLAIMS_OF.customer, ...asked });

  it.each([
    ["/api/%6frders/o-1", 200],
    ["/api/orders%2Fo-1", 200],
    ["/api%2forders%2fhistory", 200],
    ["/api/phase0-v2/customers/c%2D1", 200],
    ["/api/Orders/o-1", 404],
    ["/api/orders//o-1", 404],
    ["//api/orders/o-1", 404],
    ["/api/orders//", 404],
    ["/api/customers/../orders/o-1", 404],
    ["/api/customers/%2e%2E%2Fx", 404],
    ["/api/products/../orders/o-1", 404],
    ["/api/products/%2e%2e/orders/o-1", 404],
    ["/api/products/..%2f..%2forders", 404],
    ["/api/orders/%o-1", 404],
    ["/api/orders/%ff", 404],
    ["/api/orders/%zz", 404],
    ["/api/nowhere", 404],
    ["/api/phase0-v2/nothing", 404],
    ["/", 404],
  ])("the stand-in decodes %s before it routes, which makes it a %i", async (path, status) => {
    expect((await ask(`GET ${path}`)).status).toBe(status);
    expect(backend.received.at(-1)?.target).toBe(path);
  });

  it("the legacy backend's stand-in answers 405 to HEAD and to any other method, and names the one that is there", async () => {
    for (const method of ["HEAD", "DELETE", "OPTIONS"]) {
      const { headers, status } = await ask(`${method} /api/auth/me`);
      expect([method, status, headers.allow]).toEqual([method, 405, "GET"]);
    }
  });

  it.each([
    ["GET /api/orders", "/api/orders/"],
    ["POST /api/subscriptions?a=1&b=%2F", "/api/subscriptions/?a=1&b=%2F"],
    ["GET /api/admin/users", "/api/admin/users/"],
    ["GET /api/products/p-1/", "/api/products/p-1"],
    ["GET /api/auth/me/", "/api/auth/me"],
    ["GET /api", "/api/"],
  ])("the stand-in redirects %s absolutely, to the Host of the request", async (match, path) => {
    const headers = ["Host", "evil.example:81"];
    const [method, target] = match.split(" ");
    const raw = `${method} ${target} HTTP/1.1\r\n${headers.join(": ")}\r\nConnection: close\r\n\r\n`;
    const answer = await rawExchange(backend, raw);
    expect(answer).toMatch(/^HTTP\/1\.1 307 /);
    expect(answer).toContain(`\r\nlocation: http://evil.example:81${path}\r\n`);
  });

  it("the legacy backend's stand-in redirects before it asks for a token, and to https where a proxy on loopback says so", async () => {
    const headers = ["X-Forwarded-Proto", "https"];
    const answer = await askBackend(backend, "GET /api/orders", { headers });
    expect(answer.headers.location).toBe(`https://127.0.0.1:${backend.port}/api/orders/`);
  });

  it("the legacy backend's stand-in takes the last of repeated query parameters", async () => {
    const { text } = await ask("GET /api/phase0-v2/subscriptions?customer_id=c-1&customer_id=c-2");
    expect(text).toContain(markerOf("c-2"));
    expect(text).not.toContain(markerOf("c-1"));
  });

  const PAUSE = "POST /api/phase0-v2/customer/c-1/pause";
  const TWICE = '{"subscription_id":"s-1","start_date":"2026-12-01","subscription_id":"s-2"}';

  it.each<[string, Uint8Array, readonly string[]]>([
    ["application/json", Buffer.from(TWICE), ["Content-Type", "application/json"]],
    ["application/*+json", Buffer.from(TWICE), ["Content-Type", "application/vnd.x+json"]],
    ["a charset", Buffer.from(TWICE), ["Content-Type", "Application/JSON; charset=latin1"]],
    ["no content type", Buffer.from(TWICE), []],
    ["UTF-16", Buffer.from(TWICE, "utf16le"), []],
    ["UTF-16 with its mark", Buffer.from(`\uFEFF${TWICE}`, "utf16le"), []],
    ["UTF-16, the other way round", Buffer.from(TWICE, "utf16le").swap16(), []],
    ["UTF-8 with a mark", Buffer.from(`\uFEFF${TWICE}`), ["Content-Type", "application/json"]],
  ])("the stand-in takes JSON from %s, and the last equal key", async (_, body, headers) => {
    const { status, text } = await ask(PAUSE, { body, headers });
    expect(status).toBe(200);
    expect(text).toContain(markerOf("c-2"));
  });

  it("the legacy backend's stand-in answers 422 with an array to a body that is no JSON to it, or lacks a field", async () => {
    const wrong: readonly Asked[] = [
      { body: Buffer.from(TWICE), headers: ["Content-Type", "text/plain"] },
      { body: Buffer.from("{"), headers: ["Content-Type", "application/json"] },
      { body: ["s-1"] },
      {},
    ];
    for (const asked of wrong) {
      const { status, text } = await ask(PAUSE, asked);
      expect([status, Array.isArray(JSON.parse(text).detail)]).toEqual([422, true]);
    }
    const topup = await ask("POST /api/billing/wallet/topup", { body: { amount: 1 } });
    expect(JSON.parse(topup.text).detail[0].loc).toEqual(["body", "customer_id"]);
    const calendar = await ask("GET /api/phase0-v2/customer/c-1/calendar");
    expect(JSON.parse(calendar.text).detail[0].loc).toEqual(["query", "month"]);
  });

  it("the legacy backend's stand-in answers 500 in plain text to what nobody foresaw, without CORS", async () => {
    const body = { subscription_id: { $where: "1" }, start_date: "2026-12-01" };
    const { headers, status, text } = await ask(PAUSE, {
      body,
      headers: ["Origin", "https://a.example"],
    });
    expect([status, text]).toEqual([500, "Internal Server Error"]);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  });

  it("the legacy backend's stand-in lets any origin read any answer, with credentials", async () => {
    const origin = ["Origin", "https://evil.example"];
    const allowed = {
      "access-control-allow-origin": "https://evil.example",
      "access-control-allow-credentials": "true",
    };
    expect((await ask("GET /api/auth/me", { headers: origin })).headers).toMatchObject(allowed);
    const headers = [...origin, "Access-Control-Request-Method", "PATCH"];
    const preflight = await ask("OPTIONS /api/anything", { headers });
    expect(preflight.status).toBe(200);
    expect(preflight.headers).toMatchObject(allowed);
  });

  it("the legacy backend's stand-in records what arrived: names as they were spelled, in order, and the bytes", async () => {
    const headers = ["X-Odd", "a", "x-oDD", "b"];
    await ask("POST /api/nowhere?x=%41", { body: Buffer.from([0, 255]), headers });
    const received = backend.received.at(-1);
    expect(received?.method).toBe("POST");
    expect(received?.target).toBe("/api/nowhere?x=%41");
    expect(received?.body).toEqual(Buffer.from([0, 255]));
    expect(received?.rawHeaders.slice(-6, -2)).toEqual(headers);
    expect(received?.values("x-odd")).toEqual(["a", "b"]);
  });

  it("the legacy backend's stand-in waits before it answers where it is told to", async () => {
    const slow = await startLegacyBackend({ delayMs: 60 });
    const before = performance.now();
    await askBackend(slow, "GET /api/");
    expect(performance.now() - before).toBeGreaterThan(55);
    await slow.stop();
  });

  it("the legacy backend's stand-in serves the collections that it is given in the place of its own", async () => {
    const users = [{ id: "u-1", email: "x@example.com", name: "Only", role: "customer" }];
    const own = await startLegacyBackend({ data: { users } });
    expect(own.data.users).toHaveLength(1);
    expect(findOne(own.data.customers_v2, { id: "c-2" })).toBeDefined();
    await own.stop();
  });
});
