import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PUBLIC_URL } from "../../support/gateway/test-gateway.ts";
import { fetchWorld, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

let world: ProxiedWorld;
beforeAll(async () => {
  const rules = [
    { match: "GET /__test/answer", allow: "public", redact: ["password", "password_hash"] },
  ];
  world = await fetchWorld({ policy: { rules } });
});
afterAll(() => world.stop());

const answered = (body: string, status = 200, type = "application/json") => {
  const query = new URLSearchParams({ status: `${status}`, header: `content-type:${type}`, body });
  return world.ask({ method: "GET", target: `/__test/answer?${query}` });
};

describe("an answer that is rewritten", () => {
  it("an answer that is rewritten stays as the backend wrote it, byte for byte, but for what was cut", async () => {
    const kept = '{"id":9007199254740993,"a":1.0,"b":12345678901234567890,"c":{"2":"é","1":-0.0}}';
    const got = await answered(`{"password_hash":"$2b$12$x",${kept.slice(1)}`);
    expect([got.status, got.text]).toEqual([200, kept]);
    const second = await answered(`${kept.slice(0, -1)}, "passw\\u006frd" : [1,{"password":2}]}`);
    expect(second.text).toBe(kept);
  });

  it.each([500, 503, 404])(
    "an answer that is rewritten keeps the status %d of a plain-text error, not its text",
    async (status) => {
      const got = await answered("Internal Server Error: $2b$12$x", status, "text/plain");
      expect([got.status, got.code]).not.toContain(502);
      expect(got.status).toBe(status);
      expect(got.text).not.toContain("$2b$");
      const { detail, ...problem } = JSON.parse(got.text);
      expect(problem).toEqual({
        type: `${PUBLIC_URL}/problems/upstream-failed`,
        code: "upstream-failed",
        status,
        title: "Backend failed",
        message: detail,
        instance: got.headers.get("x-request-id"),
      });
    },
  );

  it.each(['{"a":1,"a":2}', '{"__proto__":{"password":1}}', "\ufeff{}", "<html>", '{"a":'])(
    "an answer is not passed on where it can be read in two ways, or not at all: %s",
    async (body) => {
      const got = await answered(body);
      expect([got.status, got.code]).toEqual([502, "upstream-unreachable"]);
    },
  );
});
