import { describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/gateway/fleet.ts";
import { type EdgeWorker, productionVars, startWorker } from "./edge-worker.ts";

/** Nobody listens there: what is asked here comes before any store but the Durable Objects. */
const NOWHERE = "mongodb://127.0.0.1:9/earlybird?directConnection=true";
const METRICS_TOKEN = "a-token-for-the-operator-alone";
const VARS: Readonly<Record<string, string>> = {
  ...productionVars(NOWHERE, "http://127.0.0.1:9"),
  METRICS_TOKEN,
};

async function started(vars: Readonly<Record<string, string>>): Promise<EdgeWorker> {
  const worker = await startWorker(vars);
  onTestFinished(() => worker.stop());
  return worker;
}

describe("the built Worker", () => {
  it("the built Worker with wrong settings is 503 to everybody, and names them once, without their values", async () => {
    const { MONGODB_URL, ...rest } = VARS;
    const wrong = {
      ...rest,
      SECRET_KEYS: "one:c2VjcmV0LXRleHQ",
      REDIS_URL: "redis://cache.example.com",
      TRUSTED_PROXIES: "10.0.0.0/8",
    };
    const worker = await started(wrong);
    for (const path of ["/healthz", "/auth/otp", "/dev/outbox", "/nowhere"]) {
      const answer = await worker.request(path);
      expect([answer.status, await answer.text()]).toEqual([503, ""]);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    const lines = await eventually(() => (worker.log().length > 0 ? worker.log() : undefined));
    expect(lines.map(({ event }) => event)).toEqual(["not-started"]);
    const reason = String(lines[0]?.["reason"]);
    for (const name of ["MONGODB_URL", "SECRET_KEYS", "REDIS_URL", "TRUSTED_PROXIES"]) {
      expect(reason).toContain(name);
    }
    expect(reason).not.toMatch(/c2VjcmV0|cache\.example|10\.0\.0/);
  });

  it("the built Worker does not run as a development one", async () => {
    const worker = await started({ ...VARS, NODE_ENV: "development" });
    expect((await worker.request("/healthz")).status).toBe(503);
    const [line] = await eventually(() => (worker.log().length > 0 ? worker.log() : undefined));
    expect(line?.["reason"]).toContain("NODE_ENV must be production");
  });

  it("the built Worker counts by Cloudflare's header alone, under any X-Forwarded-For", async () => {
    const worker = await started({ ...VARS, LIMIT_VERIFY_PER_ADDRESS: "3/1h" });
    let n = 0;
    const statusFrom = async (address: string): Promise<number> => {
      const headers = {
        "content-type": "application/json",
        "cf-connecting-ip": address,
        "x-forwarded-for": `198.51.100.${n++}`,
        "x-real-ip": `198.51.100.${n}`,
      };
      const body = JSON.stringify({ challenge_id: "none", code: "123456" });
      const path = "/auth/otp/verify";
      return (await worker.request(path, { method: "POST", headers, body })).status;
    };
    for (let tries = 0; tries < 3; tries++) expect(await statusFrom("192.0.2.1")).toBe(400);
    expect(await statusFrom("192.0.2.1")).toBe(429);
    expect(await statusFrom("192.0.2.2")).toBe(400);
    for (let tries = 0; tries < 3; tries++) {
      expect(await statusFrom(`2001:db8:1:2::${tries}`), "one /64").toBe(400);
    }
    expect(await statusFrom("2001:db8:1:2:ffff::1")).toBe(429);
    const warnings = () => worker.log().filter(({ event }) => event === "no-client-address");
    expect(warnings()).toEqual([]);
    await statusFrom("192.0.2.3, 192.0.2.4");
    await statusFrom("192.0.2.3, 192.0.2.4");
    expect(await eventually(() => (warnings().length > 0 ? warnings().length : undefined))).toBe(1);
  });

  it("the built Worker says soon that the directory is away, stays alive, and answers 60 probes of one network in a minute", async () => {
    const worker = await started(VARS);
    const begunAt = performance.now();
    const ready = await worker.request("/readyz");
    expect([ready.status, ready.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(performance.now() - begunAt).toBeLessThan(5_000);
    expect((await worker.request("/healthz")).status).toBe(200);
    const operator = { authorization: `Bearer ${METRICS_TOKEN}` };
    const told = await worker.request("/readyz", { headers: operator });
    expect(await told.json()).toMatchObject({
      dependencies: { directory: "down", limits: "up", state: "up" },
    });
    const probed = async (address: string, more: object = {}) => {
      const headers = { "cf-connecting-ip": address, ...more };
      return (await worker.request("/readyz", { headers })).status;
    };
    const probes = Array.from({ length: 60 }, (_, n) => probed(`192.0.2.${n}`));
    expect(new Set(await Promise.all(probes)), "60 of one network").toEqual(new Set([503]));
    expect(await probed("192.0.2.99")).toBe(429);
    expect(await probed("192.0.2.99", operator), "the operator's own").toBe(503);
    expect(await probed("198.51.100.1"), "another network").toBe(503);
  });
});
