import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AMBIGUOUS_HEADS } from "../../support/proxy/ambiguous-heads.ts";
import { headOf, PLAIN_HEADS } from "../../support/proxy/plain-heads.ts";
import { type ProxiedProcess, startProxied } from "../../support/proxy/proxied-process.ts";
import { type Asked, askPort, type Got } from "../../support/proxy/proxied-world.ts";
import { rawClient, rawExchange } from "../../support/proxy/raw-client.ts";

const MEGABYTE = 1024 * 1024;
const PAGE = "http://localhost:3000";

let world: ProxiedProcess;
const cleanups: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  const env = { PUBLIC_URL: "https://door.example", MAX_UPLOAD: "12MB" };
  world = await startProxied(env, (cleanup) => void cleanups.unshift(cleanup));
});
beforeEach(() => {
  world.backend.received.length = 0;
});
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** Asks as the customer; no answer may tell where the backend is. */
async function ask(
  method: string,
  target: string,
  more: Pick<Asked, "body" | "headers"> = {},
): Promise<Got> {
  const headers = [["authorization", `Bearer ${world.token}`] as const, ...(more.headers ?? [])];
  const got = await askPort(world.gateway.port, { method, target, ...more, headers });
  expect(got.text + JSON.stringify([...got.headers])).not.toContain(`:${world.backend.port}`);
  return got;
}

const lines = (first: string, ...more: readonly string[]): string =>
  [first, "Host: localhost", `Authorization: Bearer ${world.token}`, ...more, "", ""].join("\r\n");

/** The one request that the backend has, as soon as it has it. */
async function seen() {
  await expect.poll(() => world.backend.received.length).toBe(1);
  const [first] = world.backend.received;
  if (first === undefined) throw new Error("nothing came");
  return first;
}

describe("a client that hangs up", () => {
  it("a client that hangs up while it waits, or in the midst of the answer, ends the request at the backend", async () => {
    for (const [target, until] of [
      ["/__test/silent", ""],
      ["/__test/drip?chunks=1000&ms=10", "\r\n.\r\n"],
    ]) {
      world.backend.received.length = 0;
      const client = await rawClient(world.gateway);
      client.write(lines(`GET ${target} HTTP/1.1`));
      const request = await seen();
      await client.until(until ?? "");
      client.destroy();
      expect(await request.ended, target).toBe("aborted");
    }
  });

  it("a client that hangs up in the midst of its body ends it there as well", async () => {
    const client = await rawClient(world.gateway);
    client.write(
      `${lines("POST /__test/upload HTTP/1.1", `Content-Length: ${MEGABYTE}`)}half of it`,
    );
    const request = await seen();
    client.destroy();
    expect(await request.ended).toBe("aborted");
  });
});

describe("a backend that is slow", () => {
  it("a backend that is slow is given up with 504 when it says nothing, but not while it goes on", async () => {
    const startedAt = performance.now();
    const [silent, drip] = await Promise.all([
      ask("GET", "/__test/silent"),
      ask("GET", "/__test/drip?chunks=4&ms=400&bytes=10"),
    ]);
    expect([silent.status, silent.code]).toEqual([504, "upstream-timeout"]);
    expect([drip.status, drip.text]).toEqual([200, ".".repeat(40)]);
    expect(performance.now() - startedAt).toBeGreaterThan(1_500);
  });

  it("a backend that is slow or broken is 502, and what may have been done is not asked for twice", async () => {
    for (const method of ["GET", "POST"]) {
      world.backend.received.length = 0;
      const got = await ask(method, "/__test/die");
      expect([got.status, got.code]).toEqual([502, "upstream-unreachable"]);
      expect(world.backend.received).toHaveLength(method === "GET" ? 2 : 1);
    }
    expect((await ask("GET", "/__test/die-once?key=get")).status).toBe(200);
    await expect(ask("GET", "/__test/abort")).rejects.toThrow();
    await expect(ask("GET", "/__test/abort?chunked=1")).rejects.toThrow();
  });
});

describe("a body", () => {
  it("a body as large as MAX_UPLOAD passes, and one byte more does not, announced or not", async () => {
    const most = new Uint8Array(12 * MEGABYTE);
    const whole = await ask("POST", "/__test/upload", { body: most });
    expect(JSON.parse(whole.text)).toMatchObject({ bytes: 12 * MEGABYTE });
    world.backend.received.length = 0;
    const tooLarge = await ask("POST", "/__test/upload", { body: new Uint8Array(most.length + 1) });
    expect([tooLarge.status, tooLarge.code]).toEqual([413, "payload-too-large"]);
    expect(world.backend.received).toEqual([]);
    const client = await rawClient(world.gateway);
    client.write(lines("POST /__test/upload HTTP/1.1", "Transfer-Encoding: chunked"));
    for (let sent = 0; sent <= most.length; sent += MEGABYTE) {
      client.write(`100000\r\n${".".repeat(MEGABYTE)}\r\n`);
    }
    expect(await client.until("payload-too-large")).toContain("HTTP/1.1 413 ");
    client.destroy();
    expect(await (await seen()).ended).toBe("aborted");
  });

  it("a body of a GET is not the backend's business", async () => {
    const body = { customer_id: "c-2" };
    expect((await ask("GET", "/api/orders/", { body })).status).toBe(200);
    const request = await seen();
    expect(request.body).toHaveLength(0);
    expect(request.values("content-length")).toEqual([]);
    expect(request.values("transfer-encoding")).toEqual([]);
  });
});

const ORDER = {
  items: [
    {
      product_id: "p-1",
      product_name: "Milk",
      unit: "1 l",
      quantity: 2,
      price: 30,
      total: 60,
    },
  ],
  delivery_date: "2026-12-01",
  address_id: "a-1",
};

describe("a redirect of the backend's, which names itself by https", () => {
  it("a redirect of the backend's, which names itself by https leads the client back to the gateway, to the path with the slash", async () => {
    for (const [method, target, to] of [
      ["GET", "/api/orders", "/api/orders/"],
      ["POST", "/api/orders", "/api/orders/"],
    ] as const) {
      world.backend.received.length = 0;
      const got = await ask(method, target, method === "POST" ? { body: ORDER } : {});
      expect([got.status, got.headers.get("location")]).toEqual([307, to]);
      expect((await seen()).values("x-forwarded-proto")).toEqual(["https"]);
      expect((await ask(method, to, method === "POST" ? { body: ORDER } : {})).status).toBe(200);
    }
  });

  it("a redirect of the backend's, which names itself by https leads nowhere but to a path, whatever stands in it", async () => {
    const own = world.backend.url.replace("http:", "https:");
    for (const [location, to] of [
      [`${own}//evil.example/`, "/.//evil.example/"],
      [`${world.backend.url}/x?y#z`, "/x?y#z"],
      ["https://pay.example/x", "https://pay.example/x"],
    ]) {
      const query = new URLSearchParams({ status: "302", header: `Location:${location}` });
      const headers = [["authorization", `Bearer ${world.token}`] as const];
      const target = `/__test/answer?${query}`;
      const got = await askPort(world.gateway.port, { method: "GET", target, headers });
      expect(got.headers.get("location")).toBe(to);
    }
  });
});

describe("what two readers could understand differently", () => {
  it.each(AMBIGUOUS_HEADS)(
    "an ambiguous head, %s, is refused, and not forwarded",
    async (_, first, ...more) => {
      const closing = more.some((line) => /^connection:/i.test(line)) ? [] : ["Connection: close"];
      const client = await rawClient(world.gateway);
      client.write(lines(first, ...more, ...closing));
      expect(await client.until("\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
      client.destroy();
      expect(world.backend.received).toEqual([]);
    },
  );

  it("what two readers could understand differently is no plain request, which passes", async () => {
    const answer = await rawExchange(
      world.gateway,
      lines("GET /api/orders/ HTTP/1.1", "Connection: close"),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("a plain request with an unusual head", () => {
  it.each(PLAIN_HEADS)(
    "a plain request with an unusual head is served at own and proxied routes: $name",
    async (head) => {
      for (const path of ["/healthz", "/api/orders/"]) {
        const answer = await rawExchange(world.gateway, headOf(head, path, world.token));
        expect(answer, path).toMatch(/^HTTP\/1\.1 200 /);
      }
      const forwarded = await seen();
      for (const name of ["upgrade", "http2-settings", "te"]) {
        expect(forwarded.values(name)).toEqual([]);
      }
    },
  );
});

describe("a page of another origin", () => {
  const expectHead = ({ headers }: Got, origin: string | null) => {
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("vary")).toBe("authorization, origin");
    const exposed = headers.get("access-control-expose-headers") ?? "";
    expect(exposed.includes("Retry-After")).toBe(origin !== null);
    expect(exposed.includes("X-Request-Id")).toBe(origin !== null);
  };

  it.each([PAGE, "http://localhost:3001", "http://evil.example", "null"])(
    "a page of another origin: %s reads the answers it may, failures included",
    async (origin) => {
      const may = /localhost:300[01]/.test(origin) ? origin : null;
      const headers = [["origin", origin] as const];
      for (const [status, method, target] of [
        [200, "GET", "/api/orders/"],
        [307, "GET", "/api/orders"],
        [403, "GET", "/api/phase0-v2/users"],
        [404, "GET", "/api/orders/o-nobody"],
        [502, "POST", "/__test/die"],
        [400, "GET", "/api//orders/"],
      ] as const) {
        const got = await ask(method, target, { headers });
        expect(got.status).toBe(status);
        expectHead(got, may);
      }
      const nobody = await askPort(world.gateway.port, {
        method: "GET",
        target: "/api/orders/",
        headers,
      });
      expect(nobody.status).toBe(401);
      expectHead(nobody, may);
    },
  );

  it("a page of another origin asks beforehand, which the gateway answers", async () => {
    for (const [origin, may] of [
      [PAGE, PAGE],
      ["http://evil.example", null],
    ] as const) {
      const headers = [
        ["origin", origin],
        ["access-control-request-method", "PUT"],
        ["access-control-request-headers", "authorization, content-type"],
      ] as const;
      const got = await askPort(world.gateway.port, {
        method: "OPTIONS",
        target: "/api/subscriptions/v1-1",
        headers,
      });
      expect([got.status, got.headers.get("access-control-allow-origin")]).toEqual([204, may]);
    }
    expect(world.backend.received).toEqual([]);
  });
});

describe("the log", () => {
  it("the log has a line for each request, with its pattern and never an id, a query or a token", async () => {
    // A line may come after its answer: those of other tests are told apart by their ids.
    const asked = [
      await ask("GET", "/api/phase0-v2/customers/c-secret-1"),
      await ask("GET", "/api/orders/o-secret-2?phone=9876500103"),
      await ask("GET", "/api/nowhere/secret-3"),
      await ask("POST", "/api/billing/wallet/topup", { body: { customer_id: "c-secret-4" } }),
    ].map(({ headers }) => headers.get("x-request-id"));
    const logged = () =>
      asked.map((id) => world.gateway.log().find((line) => line["request_id"] === id));
    await expect.poll(() => logged().every((line) => line !== undefined)).toBe(true);
    expect(
      logged().map((line) => [line?.["method"], line?.["route"], line?.["status"], line?.["code"]]),
    ).toEqual([
      ["GET", "/api/phase0-v2/customers/:id", 403, "not-owner"],
      ["GET", "/api/orders/:id", 422, "validation-failed"],
      ["GET", "proxy", 403, "route-denied"],
      ["POST", "/api/billing/wallet/topup", 422, "validation-failed"],
    ]);
    expect(world.gateway.stdout()).not.toMatch(/secret|9876500|eyJ/);
    expect(world.gateway.stdout()).not.toContain(world.token);
  });
});
