import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import { bearer, call } from "../../support/gateway/client.ts";
import { CONTESTED, HASH_MARK } from "../../support/legacy-backend/markers.ts";
import {
  bodySpellings,
  pathSpellings,
  querySpellings,
} from "../../support/proxy/foreign-spellings.ts";
import { expectListedHeadersAlone } from "../../support/proxy/passed-headers.ts";
import { headOf, PLAIN_HEADS } from "../../support/proxy/plain-heads.ts";
import { member } from "../../support/proxy/proxied-callers.ts";
import { type Asked, type Got, logInCustomer } from "../../support/proxy/proxied-world.ts";
import { rawExchange } from "../../support/proxy/raw-client.ts";
import { describeEdge } from "../edge-place.ts";
import { type EdgeProxied, proxiedPlace } from "../proxied-place.ts";

const V2 = "/api/phase0-v2";
const APP = "https://app.example.com";
const PARALLEL = 50;
const ASKING_SECRET = "Qm7xV2kd9Rzt4LpWs8Yb3HnJc6Tf1GaE";
/** How long the gateway uses a customer and user that it read before it reads them again. */
const REMEMBERED_MS = 10_000;
/** Whatever tells of anybody but c-1. */
const OTHERS = /SECRET-OF-(?!c-1\b)[\w-]+|[cu]-2\b|987650010[2-9]|Flat [2-9]/;

describeEdge("the backend behind the built Worker", () => {
  let world: EdgeProxied;
  let token: string;
  beforeAll(async () => {
    const asking = { FORWARD_AUTH: "nginx", FORWARD_AUTH_SECRET: ASKING_SECRET };
    const cors = { ALLOWED_ORIGINS: APP, ALLOWED_HEADERS: "X-Screen" };
    world = await proxiedPlace({ env: { ...cors, ...asking } });
    token = await logInCustomer(world.test);
  });
  beforeEach(() => world.reset());
  afterAll(() => world.stop());

  const ask = (method: string, target: string, more: Partial<Asked> = {}, by = token) => {
    const headers = [["authorization", `Bearer ${by}`] as const, ...(more.headers ?? [])];
    return world.ask({ method, target, ...more, headers });
  };
  const orders = (by?: string): Promise<Got> => ask("GET", "/api/orders/", {}, by);

  /** Sends what a thief would: nothing of another's is shown, nothing that is refused goes out. */
  async function attempt(name: string, sent: Promise<Got>, mayName: readonly string[] = []) {
    const got = await sent;
    const shown = mayName.reduce((text, word) => text.replaceAll(word, ""), got.text);
    expect(shown, name).not.toMatch(OTHERS);
    if (got.code !== null) expect(world.backend.received, name).toEqual([]);
    world.backend.received.length = 0;
    return got;
  }

  it("the built Worker answers another proxy as it decides itself, and no caller without the secret", async () => {
    const question = (method: string, uri: string, secret = ASKING_SECRET) =>
      ask("GET", "/auth/verify", {
        headers: [
          ["x-forward-auth-secret", secret],
          ["x-original-method", method],
          ["x-original-uri", uri],
        ],
      });
    for (const [method, uri] of [
      ["GET", "/api/billing/payments/c-1"],
      ["GET", "/api/billing/payments/c-2"],
      ["GET", "/api/orders/"],
      ["GET", "/api/products/?a=1"],
      ["DELETE", `${V2}/customers/c-1`],
      ["GET", "/api/nothing"],
    ] as const) {
      await world.reset();
      const [asked, built] = [await question(method, uri), await ask(method, uri)];
      const status = built.code === null ? 200 : 403;
      const reason = asked.headers.get("x-forward-auth-reason");
      expect([uri, asked.status, reason]).toEqual([uri, status, built.code]);
    }
    const allowed = await question("GET", "/api/orders/");
    expect(allowed.headers.get("x-user-id")).toBe("u-1");
    expect(allowed.headers.get("x-upstream-authorization")).toMatch(/^Bearer ey/);
    expect((await question("GET", "/api/orders/", "wrong")).status).toBe(404);
    const doubled = await ask("GET", "/auth/verify", {
      headers: [
        ["x-forward-auth-secret", ASKING_SECRET],
        ["x-original-method", "GET"],
        ["x-original-uri", `${V2}/customers`],
        ["x-original-uri", "/api/products/"],
      ],
    });
    expect(doubled.status).toBe(403);
  });

  it("the backend behind the built Worker shows a customer their own, and no other's by any spelling in the path", async () => {
    for (const [before, own, other] of [
      [`${V2}/customers/`, "c-1", "c-2"],
      [`${V2}/subscriptions/`, "s-1", "s-2"],
      ["/api/billing/payments/", "c-1", "c-2"],
    ] as const) {
      expect((await ask("GET", before + own)).status).toBe(200);
      await world.reset();
      for (const id of pathSpellings(own, other)) {
        const got = await attempt(before + id, ask("GET", before + id));
        expect([before + id, got.status < 500], got.text).toEqual([before + id, true]);
      }
    }
  });

  const heads = PLAIN_HEADS.filter(({ notOnWorkers }) => notOnWorkers === undefined);
  it.each(heads)(
    "the backend behind the built Worker serves a plain request with an unusual head: $name",
    async (head) => {
      const port = Number(new URL(world.place.worker.url).port);
      for (const path of ["/healthz", "/api/orders/"]) {
        const answer = await rawExchange({ port }, headOf(head, path, token));
        expect(answer, path).toMatch(/^HTTP\/1\.[01] 200 /);
      }
      const [forwarded] = world.backend.received;
      for (const name of ["upgrade", "http2-settings", "te"]) {
        expect(forwarded?.values(name)).toEqual([]);
      }
    },
  );

  it("the backend behind the built Worker sets whose list is shown, whatever the query says", async () => {
    for (const query of querySpellings("c-1", "c-2")) {
      const got = await ask("GET", `${V2}/subscriptions${query}`);
      const [seen] = world.backend.received;
      if (got.code === null) {
        expect(got.status, query).toBe(200);
        const { searchParams } = new URL(seen?.target ?? "", "http://backend");
        expect(searchParams.getAll("customer_id"), query).toEqual(["c-1"]);
      }
      // The backend finds the contested one by either of its owners.
      await attempt(query, Promise.resolve(got), [CONTESTED, '"customerId":"c-2"']);
      await world.reset();
    }
  });

  it("the backend behind the built Worker does nothing to another's document, however the body names it", async () => {
    const more = { start_date: "2026-12-01", end_date: "2026-12-01" };
    const target = `${V2}/customer/c-1/pause`;
    const good = await ask("POST", target, { body: { subscription_id: "s-1", ...more } });
    expect(good.status).toBe(200);
    await world.reset();
    const before = JSON.stringify(world.backend.data);
    const foreign = ["s-2", "s-2-other-spelling", "s-contested", "s-twin", "s-orphan"];
    for (const spelled of bodySpellings("subscription_id", "s-1", foreign, more)) {
      const { bytes, contentType, headers = [], name } = spelled;
      const type = contentType === null ? [] : [["content-type", contentType] as const];
      const got = await attempt(
        name,
        ask("POST", target, { body: bytes, headers: [...type, ...headers] }),
      );
      expect([name, got.code], got.text).toEqual([name, expect.any(String)]);
      expect(JSON.stringify(world.backend.data), name).toBe(before);
    }
  });

  it("the backend behind the built Worker redirects to its own address, and no cache keeps what it answers", async () => {
    const got = await ask("GET", `${V2}/subscriptions/s-1/`, { headers: [["origin", APP]] });
    expect(got.status).toBe(307);
    const location = got.headers.get("location") ?? "";
    expect(new URL(location, "https://login.example.com").origin).toBe("https://login.example.com");
    expect(got.headers.get("access-control-allow-origin")).toBe(APP);
    expect(got.headers.get("cache-control")).toBe("no-store");
    const elsewhere = [["origin", "https://evil.example"]] as const;
    const other = await ask("GET", "/api/orders/", { headers: elsewhere });
    expect([other.status, other.headers.get("access-control-allow-origin")]).toEqual([200, null]);
    const asked = [
      ["origin", APP],
      ["access-control-request-method", "PUT"],
      ["access-control-request-headers", "authorization, content-type"],
    ] as const;
    const flight = { method: "OPTIONS", target: "/api/orders/", headers: asked };
    const preflight = await world.ask(flight);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(APP);
    expect(world.backend.received.filter(({ method }) => method === "OPTIONS")).toEqual([]);
  });

  it("a page may ask the built Worker with tracing headers and those of ALLOWED_HEADERS, which all end there", async () => {
    const names = ["traceparent", "tracestate", "baggage", "sentry-trace", "x-datadog-trace-id"];
    const wanted = [...names, "x-screen"];
    for (const target of ["/api/orders/", "/auth/otp"]) {
      const preflight = await world.ask({
        method: "OPTIONS",
        target,
        headers: [
          ["origin", APP],
          ["access-control-request-method", "POST"],
          ["access-control-request-headers", [...wanted, "x-admin"].join()],
        ],
      });
      const allowed = preflight.headers.get("access-control-allow-headers") ?? "";
      expect([target, allowed.split(",")]).toEqual([
        target,
        ["authorization", "content-type", ...wanted],
      ]);
    }
    const headers = wanted.map((name) => [name, "a=1"] as const);
    expect((await ask("GET", "/api/orders/", { headers })).status).toBe(200);
    const [seen] = world.backend.received;
    for (const name of wanted.slice(2)) expect([name, seen?.values(name)]).toEqual([name, []]);
    expect(seen?.values("traceparent").join()).toMatch(/^00-[0-9a-f]{32}-/);
  });

  it("the backend behind the built Worker serves fifty at once with one token, cold, warm, and when it has grown old", async () => {
    const fresh = await logInCustomer(world.test);
    const admin = await member(world, "admin");
    const staff = `${admin.authorization}`.slice("Bearer ".length);
    const askMany = async (): Promise<readonly number[]> => {
      const some = Array.from({ length: PARALLEL }, (_, n) =>
        ask("GET", "/api/auth/me", {}, n % 5 === 0 ? staff : fresh),
      );
      return (await Promise.all(some)).map(({ status }) => status);
    };
    for (const restMs of [0, 0, REMEMBERED_MS]) {
      await sleep(restMs);
      expect(await askMany()).toEqual(Array(PARALLEL).fill(200));
    }
    expect(world.backend.received).toHaveLength(3 * PARALLEL);
    const minted = world.backend.received.map(({ values }) => values("authorization").length);
    expect(new Set(minted)).toEqual(new Set([1]));
  });

  it("the backend behind the built Worker refuses a session that its owner ended, and no other", async () => {
    const [mine, other] = [await logInCustomer(world.test), await logInCustomer(world.test)];
    expect([(await orders(mine)).status, (await orders(other)).status]).toEqual([200, 200]);
    const { place } = world;
    expect((await call(place, "POST", "/auth/logout", {}, bearer(mine))).status).toBe(204);
    const refused = await orders(mine);
    expect([refused.status, refused.code]).toEqual([401, "token-invalid"]);
    expect((await orders(other)).status).toBe(200);
    expect(world.backend.received).toHaveLength(3);
  });

  it("the backend behind the built Worker ends the sessions of a customer whose phone staff changed", async () => {
    const theirs = await logInCustomer(world.test, "9876500102");
    const { mongo } = world.place;
    const headers = [["authorization", `${(await member(world, "admin")).authorization}`]] as const;
    // What the backend would write into the database that both have.
    const customers = mongo.db.collection("customers_v2");
    await customers.updateOne({ id: "c-2" }, { $set: { phone: "9876500777" } });
    const patch = { method: "PATCH", target: `${V2}/customers/c-2`, headers };
    const got = await world.ask({ ...patch, body: { phone: "9876500777" } });
    expect(got.status).toBe(200);
    await world.place.worker.settle();
    await expect.poll(async () => (await orders(theirs)).status, { timeout: 11_000 }).toBe(401);
    await customers.updateOne({ id: "c-2" }, { $set: { phone: "9876500102" } });
  });

  it("an imported customer is linked by the built Worker after the answer, without the published password, and the audit names the pair", async () => {
    const { mongo, worker } = world.place;
    const row = { name: "Kavya Nair", phone: "9876512345", address: "1 Lake Road", area: "North" };
    // As the import leaves them: one id, and no link on either side.
    const email = `${row.phone}@customer.earlybird.com`;
    await mongo.put("users", [user("c-new", { ...row, email, password_hash: HASH })]);
    await mongo.put("customers_v2", [customer("c-new", row.phone, row)]);
    const { authorization } = await member(world, "admin");
    const headers = [["authorization", `${authorization}`] as const];
    const target = `${V2}/customers/import`;
    const got = await world.ask({ method: "POST", target, headers, body: { customers: [row] } });
    expect(got.status).toBe(200);
    const linked = () => mongo.db.collection("customers_v2").findOne({ id: "c-new" });
    await expect.poll(async () => (await linked())?.["user_id"], { timeout: 20_000 }).toBe("c-new");
    const made = await mongo.db.collection("users").findOne({ id: "c-new" });
    expect(made).toMatchObject({ customer_v2_id: "c-new", doorstep_customer_id: "c-new" });
    expect(made).not.toHaveProperty("password_hash");
    const told = () => worker.log().filter(({ name }) => name === "link.written");
    const detail = expect.stringContaining("doorstep unlink");
    const line = { customer_id: "c-new", user_id: "c-new", detail };
    await expect
      .poll(told, { timeout: 20_000 })
      .toEqual(expect.arrayContaining([expect.objectContaining(line)]));
    expect(JSON.stringify(worker.log())).not.toContain(row.phone);
  });

  it("the backend behind the built Worker tells the backend no header but those that are listed", async () => {
    await expectListedHeadersAlone(world, token);
  });

  it("the backend behind the built Worker lets staff in by the backend's password login and no customer, without hashes", async () => {
    const logIn = (email: string, password: string) =>
      world.ask({ method: "POST", target: "/api/auth/login", body: { email, password } });
    const admin = await logIn("admin@example.com", "admin-password");
    expect(admin.status).toBe(200);
    expect(admin.text).not.toContain(HASH_MARK);
    const { access_token } = JSON.parse(admin.text);
    expect((await ask("GET", `${V2}/users`, {}, access_token)).status).toBe(200);
    const customer = await logIn("customer1@example.com", "customer-1-password");
    expect([customer.status, customer.text]).toEqual([
      401,
      '{"detail":"Invalid email or password"}',
    ]);
    expect(customer.text).not.toMatch(/eyJ/);
  });
});
