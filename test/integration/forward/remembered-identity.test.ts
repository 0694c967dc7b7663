import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AccessClaims } from "../../../src/ports/tokens.ts";
import { createAccessTokens } from "../../../src/tokens/access-tokens.ts";
import { call } from "../../support/gateway/client.ts";
import { member } from "../../support/proxy/proxied-callers.ts";
import {
  type Got,
  logInCustomer,
  type SocketWorld,
  socketWorld,
} from "../../support/proxy/proxied-world.ts";
import { rawExchange } from "../../support/proxy/raw-client.ts";
import { VERIFY_SECRET, verifyBytes } from "../../support/proxy/verify-calls.ts";

let world: SocketWorld;
beforeAll(async () => {
  const env = {
    FORWARD_AUTH: "nginx",
    FORWARD_AUTH_SECRET: VERIFY_SECRET,
    ACCESS_TOKEN_TTL: "60m",
    LIMIT_OTP_PER_ADDRESS: "100000/1h",
  };
  world = await socketWorld({ env });
});
afterAll(() => world.stop());

const OTHER_PHONE = "9876500102";
const MINUTE = 60_000;

/** What nginx asks about a request of the token's holder. */
const asked = (token: string, target = "/api/orders/"): Promise<Got> =>
  world.ask({
    method: "GET",
    target: "/auth/verify",
    headers: [
      ["x-forward-auth-secret", VERIFY_SECRET],
      ["x-original-method", "GET"],
      ["x-original-uri", target],
      ["authorization", `Bearer ${token}`],
    ],
  });

/** On the short way, or else the test shows nothing of it. */
async function verify(token: string, target?: string) {
  const before = world.taken();
  const got = await asked(token, target);
  expect(world.taken() - before).toBe(1);
  const named = (name: string) => got.headers.get(name);
  const upstream = named("x-upstream-authorization")?.replace("Bearer ", "");
  return {
    status: got.status,
    reason: named("x-forward-auth-reason"),
    ids: [named("x-user-id"), named("x-customer-id"), named("x-user-role")],
    sid: named("x-session-id"),
    upstream: upstream === undefined ? null : decodeJwt(upstream),
  };
}

/** A token by the gateway's own key, as one who stole that key would sign it. */
async function signed(token: string, changed: Partial<AccessClaims>): Promise<string> {
  const { settings } = world.test;
  const { privateJwks } = settings.keys;
  if (privateJwks === null) throw new Error("no keys");
  const now = world.test.clock.now;
  const tokens = await createAccessTokens({ ...settings.accessTokens, privateJwks, now });
  const claims = decodeJwt(token) as unknown as AccessClaims;
  return (await tokens.issue({ ...claims, ...changed })).token;
}

describe("an identity that Doorstep remembers for another proxy", () => {
  it("is each caller's own, whoever asked a moment before", async () => {
    const [one, other] = [
      await logInCustomer(world.test),
      await logInCustomer(world.test, OTHER_PHONE),
    ];
    const admin = (await member(world, "admin")).authorization?.slice("Bearer ".length) ?? "";
    const expected = new Map([
      [one, ["u-1", "c-1", "customer"]],
      [other, ["u-2", "c-2", "customer"]],
    ]);
    // In the same second, so that the backend's token is the same text for both.
    const again = await logInCustomer(world.test);
    expected.set(again, ["u-1", "c-1", "customer"]);
    const sids = new Set<unknown>();
    for (const token of [one, other, again, one, again, other]) {
      const { ids, sid, status, upstream } = await verify(token);
      expect([status, ids]).toEqual([200, expected.get(token)]);
      expect([upstream?.sub, upstream?.["customer_v2_id"]]).toEqual(ids.slice(0, 2));
      expect(sid).toBe(decodeJwt(token)["sid"]);
      sids.add(sid);
      const staff = await verify(admin, "/api/phase0-v2/customers/c-1");
      expect([staff.ids, staff.sid, staff.upstream?.["role"]]).toEqual([
        ["u-admin", null, "admin"],
        null,
        "admin",
      ]);
    }
    expect(sids.size).toBe(3);
  });

  it("is not given to a token that names another user, customer or client beside a remembered session", async () => {
    const [one, other] = [
      await logInCustomer(world.test),
      await logInCustomer(world.test, OTHER_PHONE),
    ];
    const theirs = decodeJwt(other) as unknown as AccessClaims;
    expect([(await verify(one)).status, (await verify(other)).status]).toEqual([200, 200]);
    const { client_id: _, customer_v2_id, sid, sub } = theirs;
    const forged: Partial<AccessClaims>[] = [{ sid }, { sub }, { customer_v2_id }, { sub, sid }];
    for (const changed of [...forged, { customer_v2_id: null }, { client_id: "compat" }]) {
      const got = await verify(await signed(one, changed));
      expect([changed, got.status, got.reason]).toEqual([changed, 401, "token-invalid"]);
      expect(got.ids).toEqual([null, null, null]);
    }
    expect((await verify(await signed(one, {}))).ids).toEqual(["u-1", "c-1", "customer"]);
  });

  it("ends at once with a log-out at this gateway, although it was answered a moment before", async () => {
    const token = await logInCustomer(world.test);
    expect((await verify(token)).status).toBe(200);
    await call(world.test, "POST", "/auth/logout", undefined, { authorization: `Bearer ${token}` });
    const { ids, reason, status } = await verify(token);
    expect([status, reason, ids]).toEqual([401, "token-invalid", [null, null, null]]);
  });

  it("ends with its token by the gateway's clock, although it was answered a moment before", async () => {
    const token = await logInCustomer(world.test);
    const { exp = 0 } = decodeJwt(token);
    world.test.clock.advance(exp * 1_000 - world.test.clock.now() - 5_000);
    expect((await verify(token)).status).toBe(200);
    world.test.clock.advance(5_000);
    expect((await verify(token)).reason).toBe("token-expired");
  });

  it("has a token for the backend with a minute to live at least, made anew in time", async () => {
    const token = await logInCustomer(world.test);
    const ends = new Set<number>();
    for (let minute = 0; minute < 30; minute++) {
      const { upstream } = await verify(token);
      const exp = upstream?.exp ?? 0;
      expect(exp * 1_000 - world.test.clock.now()).toBeGreaterThanOrEqual(MINUTE - 1_000);
      ends.add(exp);
      world.test.clock.advance(MINUTE);
    }
    expect(ends.size).toBeGreaterThan(1);
  });

  it("ends ten seconds after the staff member's role is taken away", async () => {
    const admin = (await member(world, "admin")).authorization?.slice("Bearer ".length) ?? "";
    const target = "/api/phase0-v2/customers/c-1";
    world.test.clock.advance(10_000);
    expect((await verify(admin, target)).status).toBe(200);
    const person = world.backend.data.users.find(({ id }) => id === "u-admin");
    Object.assign(person ?? {}, { role: "supplier" });
    world.test.clock.advance(10_000);
    const { reason, status } = await verify(admin, target);
    expect([status, reason]).toEqual([401, "token-invalid"]);
    await world.reset();
  });
});

describe("a body behind a question", () => {
  it.each([verifyBytes("nginx", { token: "Authorization: Bearer {admin}" }), "x".repeat(60_000)])(
    "is no question and no answer of its own, and the next question on the connection is answered",
    async (body) => {
      const token = await logInCustomer(world.test);
      const head = { method: "POST", last: [`Content-Length: ${body.length}`], body };
      const first = verifyBytes("nginx", head, "");
      const bytes = (first + verifyBytes("nginx", {})).replaceAll("{token}", token);
      const answer = await rawExchange(world, bytes);
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
      expect(answer.match(/x-user-id: .*/gi)).toEqual(["x-user-id: u-1", "x-user-id: u-1"]);
    },
  );
});

describe("the log of another proxy's questions", () => {
  it("holds neither the secret, nor a token, nor an id", async () => {
    const token = await logInCustomer(world.test);
    world.test.lines.length = 0;
    await verify(token, "/api/billing/payments/c-1");
    await verify(token, "/api/billing/payments/c-2");
    await verify(`${token}x`);
    const log = world.test.lines.join("\n");
    expect(world.test.lines).toHaveLength(3);
    expect(log).toContain("/auth/verify /api/billing/payments/:");
    for (const hidden of [VERIFY_SECRET, token.slice(0, 20), "eyJ", "c-1", "c-2", "u-1"]) {
      expect(log).not.toContain(hidden);
    }
  });
});
