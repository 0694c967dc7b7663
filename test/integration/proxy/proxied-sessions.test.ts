import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bearer, call, logIn, refresh } from "../../support/gateway/client.ts";
import { compatLogIn } from "../../support/gateway/compat-client.ts";
import { member } from "../../support/proxy/proxied-callers.ts";
import {
  fetchWorld,
  type Got,
  logInCustomer,
  OWN_PHONE,
  type ProxiedWorld,
} from "../../support/proxy/proxied-world.ts";

const V2 = "/api/phase0-v2";
const C1 = `${V2}/customers/c-1`;
/** How long the proxy uses a customer and user that it read before it reads them again. */
const REMEMBERED_MS = 10_000;

let world: ProxiedWorld;
let admin: string;
let marketing: string;
beforeEach(async () => {
  world = await fetchWorld();
  admin = `${(await member(world, "admin")).authorization}`;
  marketing = `${(await member(world, "marketing_staff")).authorization}`;
});
afterEach(() => world.stop());

const orders = (token: string): Promise<Got> =>
  world.ask({
    method: "GET",
    target: "/api/orders/",
    headers: [["authorization", `Bearer ${token}`]],
  });

/** A write of the staff's, with what it defers. */
async function write(method: string, target: string, body?: object, authorization = admin) {
  const headers = [["authorization", authorization] as const];
  const got = await world.ask({ method, target, headers, ...(body && { body }) });
  await world.test.runtime.settle();
  expect(world.test.runtime.errors).toEqual([]);
  return got;
}

/** Refused at once, on the node that ended it: what it remembers of the session is forgotten. */
async function expectEnded(token: string, code = "token-invalid"): Promise<void> {
  const got = await orders(token);
  expect([got.status, got.code]).toEqual([401, code]);
}

async function expectLive(token: string): Promise<void> {
  world.test.clock.advance(REMEMBERED_MS);
  expect((await orders(token)).status).toBe(200);
}

describe("a refresh token whose successor came with a token that passed the proxy", () => {
  const turned = async () => {
    const { body: login } = await logIn(world.test, OWN_PHONE);
    // The proxy has the session in mind, as it was before the turn.
    expect((await orders(login.access_token)).status).toBe(200);
    const { body: next } = await refresh(world.test, login.refresh_token);
    return { login, next };
  };
  const later = async (token: string) => {
    await world.test.runtime.settle();
    world.test.clock.advance(REMEMBERED_MS + 1);
    return (await refresh(world.test, token)).body;
  };

  it("a refresh token whose successor came with a token that passed the proxy is a thief's ten seconds later", async () => {
    const { login, next } = await turned();
    expect((await orders(next.access_token)).status).toBe(200);
    expect((await later(login.refresh_token)).code).toBe("refresh-reused");
    await expectEnded(next.access_token);
  });

  it("a refresh token whose successor came with a token that passed the proxy is its owner's for ever where that token never came here: the answer may be lost", async () => {
    const { login, next } = await turned();
    expect((await orders(login.access_token)).status).toBe(200);
    expect((await later(login.refresh_token)).refresh_token).toBe(next.refresh_token);
  });
});

describe("a session that its owner ends", () => {
  it.each([
    ["a logout", "POST", "/auth/logout"],
    ["an end of all sessions", "DELETE", "/auth/sessions"],
  ])("a session that its owner ends by %s passes no request", async (_, method, path) => {
    const [token, other] = [await logInCustomer(world.test), await logInCustomer(world.test)];
    expect((await orders(token)).status).toBe(200);
    expect((await orders(other)).status).toBe(200);
    const ended = await call(world.test, method, path, undefined, bearer(token));
    expect(ended.status).toBeLessThan(300);
    await expectEnded(token);
    world.backend.received.length = 0;
    await (path === "/auth/logout" ? expectLive(other) : expectEnded(other));
    expect(world.backend.received).toHaveLength(path === "/auth/logout" ? 1 : 0);
  });

  it("a session that its owner ends on another device passes none, by the web app's token either", async () => {
    const [mine, theirs] = [
      await logInCustomer(world.test),
      await compatLogIn(world.test, OWN_PHONE),
    ];
    const webToken = theirs.body.access_token;
    expect((await orders(webToken)).status).toBe(200);
    const { body } = await call(world.test, "GET", "/auth/sessions", undefined, bearer(mine));
    const { sid } = body.sessions.find((one: { current: boolean }) => !one.current);
    await call(world.test, "DELETE", `/auth/sessions/${sid}`, undefined, bearer(mine));
    await expectEnded(webToken);
    await expectLive(mine);
  });
});

describe("what staff write about a customer through the proxy", () => {
  it.each([
    ["another phone, by PATCH", "PATCH", { phone: "9876500777" }],
    ["another phone, by PUT", "PUT", { phone: "9876500777" }],
    ["a stop, by PATCH", "PATCH", { status: "stopped" }],
    ["a stop, by PUT", "PUT", { status: "stopped" }],
    ["their end", "DELETE", undefined],
  ])("a write of staff about a customer ends their sessions: %s", async (_, method, body) => {
    const tokens = [
      await logInCustomer(world.test),
      (await compatLogIn(world.test, OWN_PHONE)).body.access_token,
    ];
    const neighbour = await logInCustomer(world.test, "9876500102");
    for (const token of tokens) expect((await orders(token)).status).toBe(200);
    expect((await write(method, C1, body)).status).toBe(200);
    // At once for whoever asks the store, and within ten seconds for the proxy.
    for (const token of tokens) {
      expect((await call(world.test, "GET", "/auth/me", undefined, bearer(token))).status).toBe(
        401,
      );
    }
    await expectEnded(tokens[0]);
    await expectEnded(tokens[1]);
    await expectLive(neighbour);
    expect(world.test.lines.filter((line) => line.includes('"session.ended"'))).toHaveLength(2);
  });

  it.each([
    ["another name", "PATCH", { name: "Asha Rao" }],
    ["another address", "PUT", { address: "1 Ring Road" }],
    ["a pause", "PATCH", { status: "paused" }],
    ["another spelling of the phone", "PATCH", { phone: `+91 ${OWN_PHONE}` }],
  ])("a write of staff about a customer ends no session: %s", async (_, method, body) => {
    const token = await logInCustomer(world.test);
    expect((await write(method, C1, body)).status).toBe(200);
    await expectLive(token);
  });

  it("what staff write about a customer through the proxy ends none where the write was refused, by the policy or by the backend", async () => {
    const token = await logInCustomer(world.test);
    const refused = await write("PATCH", C1, { phone: "9876500777", user_id: "u-2" });
    expect([refused.status, refused.code]).toEqual([403, "route-denied"]);
    expect((await write("PATCH", `${V2}/customers/c-nobody`, { phone: "9876500777" })).status).toBe(
      404,
    );
    await expectLive(token);
  });

  it("what staff write about a customer through the proxy ends them also where the backend did it and broke off", async () => {
    const token = await logInCustomer(world.test);
    const { customers_v2 } = world.backend.data;
    const [customer = {}] = customers_v2;
    // It answers what it cannot write as JSON with 500, after the change.
    const value = () => {
      throw new Error("unhandled");
    };
    Object.defineProperty(customer, "toJSON", { value });
    const got = await write("PATCH", C1, { phone: "9876500777" });
    expect([got.status, got.code]).toEqual([500, null]);
    await expectEnded(token);
  });

  it("what staff write about a customer through the proxy lets the customer log in anew by the new phone alone", async () => {
    await logInCustomer(world.test);
    await write("PATCH", C1, { phone: "9876500777" });
    const token = await logInCustomer(world.test, "9876500777");
    await expectLive(token);
    await expect(logInCustomer(world.test)).rejects.toThrow("otp-rejected");
  });
});

describe("what staff may not write about a customer", () => {
  const WRITES = [
    ["POST", `${V2}/customers`, { name: "New", phone: "9876500777", address: "Flat 7", area: "A" }],
    [
      "POST",
      `${V2}/customers-with-subscription`,
      { name: "New", phone: "9876500777", address: "x", area: "A" },
    ],
    ["POST", `${V2}/customers/confirm`, { customer_id: "c-1" }],
    ["PUT", C1, { address: "Flat 8" }],
    ["PATCH", C1, { address: "Flat 9" }],
  ] as const;

  it.each(WRITES)("an id or a link, by %s %s, whoever writes", async (method, target, body) => {
    const hidden = [
      ...["id", "_id", "user_id"].flatMap((name) => [
        ...[{ [name]: "u-2" }, { [name]: null }, { more: { [name]: "u-2" } }, { [`a.${name}`]: 1 }],
        { list: [{ deep: { [name]: {} } }] },
      ]),
    ];
    for (const authorization of [admin, marketing]) {
      for (const more of hidden) {
        const got = await write(method, target, { ...body, ...more }, authorization);
        expect([JSON.stringify(more), got.status, got.code]).toEqual([
          JSON.stringify(more),
          403,
          "route-denied",
        ]);
      }
      const got = await write(method, `${target}?user_id=u-2`, body, authorization);
      expect(got.code).toBe("route-denied");
    }
    const text = `{"\\u0075ser_id":"u-2",${JSON.stringify(body).slice(1)}`;
    const sent = { method, target, body: new TextEncoder().encode(text) };
    const headers = [
      ["authorization", admin],
      ["content-type", "application/json"],
    ] as const;
    expect((await world.ask({ ...sent, headers })).code).toBe("route-denied");
    for (const type of ["application/vnd.api+json", "application/json; charset=utf-16"]) {
      const others = [
        ["authorization", admin],
        ["content-type", type],
      ] as const;
      expect((await world.ask({ ...sent, headers: others })).code).toBe("unsupported-media-type");
    }
    expect(world.backend.received).toEqual([]);
  });

  it("a phone, by marketing_staff, who may still make a customer with one", async () => {
    for (const [method, target, body] of WRITES) {
      const makes = method === "POST" && !target.endsWith("confirm");
      const got = await write(method, target, { ...body, phone: "9876500777" }, marketing);
      expect([target, method, got.code]).toEqual([target, method, makes ? null : "route-denied"]);
    }
    expect(world.backend.data.customers_v2[0]).toMatchObject({ id: "c-1", phone: OWN_PHONE });
    expect((await write("PATCH", C1, { "profile.phone": "1" }, marketing)).code).toBe(
      "route-denied",
    );
  });
});
