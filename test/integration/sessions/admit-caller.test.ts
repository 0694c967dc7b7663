import { describe, expect, test } from "vitest";
import { admitCaller } from "../../../src/flows/sessions/admit-caller.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { claimsOf, logIn } from "../../support/gateway/client.ts";
import { compatLogIn } from "../../support/gateway/compat-client.ts";
import { START, testClock, testGateway } from "../../support/gateway/test-gateway.ts";
import { faults } from "../http/failing-ports.ts";
import { change } from "../linking/sqlite-world.ts";
import {
  admitted,
  countSignatures,
  documents,
  env,
  expectRefused,
  MINUTE,
  PHONE,
  staff,
  staffToken,
  withSession,
} from "./admitting.ts";

describe("the caller behind an access token", () => {
  test("the caller behind an access token is the session's customer, and the backend is told so by a legacy token", async () => {
    const { gateway, token } = await withSession();
    const caller = await admitted(gateway, token);
    const sid = claimsOf(token)["sid"];
    expect(caller).toMatchObject({
      role: "customer",
      sub: "u-1",
      customerId: "c-1",
      sessionId: sid,
    });
    expect(claimsOf(await caller.upstreamToken())).toEqual({
      sub: "u-1",
      role: "customer",
      customer_v2_id: "c-1",
      email: "u-1@example.com",
      iss: gateway.settings.accessTokens.issuer,
      jti: expect.any(String),
      iat: START / 1000,
      exp: START / 1000 + 300,
    });
  });

  test("the caller behind an access token is unknown without a token, or with an invented one", async () => {
    const { asked, gateway } = await withSession();
    await expectRefused(gateway, undefined, "token-missing");
    for (const invented of ["", "x", "a.b.c", "dsr_k.AAAA"]) {
      await expectRefused(gateway, invented, "token-invalid");
    }
    expect(asked()).toEqual([]);
  });

  test("the caller behind an access token of the old web app is admitted as any other", async () => {
    const { gateway } = await withSession();
    const { access_token } = (await compatLogIn(gateway, PHONE)).body;
    expect(await admitted(gateway, access_token)).toMatchObject({ sub: "u-1", customerId: "c-1" });
  });

  test("the caller behind an access token who was seen before costs no signature and no store", async () => {
    const { asked, gateway, token } = await withSession();
    const { counted, counts } = countSignatures(gateway);
    const once = async () => {
      const result = await admitCaller(counted, token);
      return result.ok ? result.value.upstreamToken() : result.failure.reason;
    };
    const first = await once();
    expect(asked()).toEqual(["state.read", "directory.findUsers"]);
    gateway.clock.advance(9_999);
    for (let calls = 0; calls < 20; calls++) expect(await once()).toBe(first);
    expect(asked()).toEqual([]);
    expect(counts).toEqual({ verified: 1, minted: 1 });
  });

  test("a hundred requests at once with one token cost one read and one minted token, and so they do ten seconds later", async () => {
    const { asked, gateway, token } = await withSession();
    const { counted, counts } = countSignatures(gateway);
    const hundred = () =>
      Promise.all(
        Array.from({ length: 100 }, async () => {
          const result = await admitCaller(counted, token);
          return result.ok ? result.value.upstreamToken() : result.failure.reason;
        }),
      );
    expect(new Set(await hundred()).size).toBe(1);
    expect(asked()).toEqual(["state.read", "directory.findUsers"]);
    gateway.clock.advance(10_000);
    expect(new Set(await hundred()).size).toBe(1);
    expect(asked()).toEqual(["state.read"]);
    expect(counts.minted).toBe(1);
  });

  test("the caller behind an access token is refused from the token's last second on, seen before or not", async () => {
    const { gateway, token } = await withSession();
    gateway.clock.advance(60 * MINUTE - 1);
    await admitted(gateway, token);
    gateway.clock.advance(1);
    await expectRefused(gateway, token, "token-expired");
    const { gateway: other, token: unseen } = await withSession();
    other.clock.advance(60 * MINUTE);
    await expectRefused(other, unseen, "token-expired");
  });

  test("the caller behind an access token of one gateway is nothing to another: what is remembered is each one's own", async () => {
    const { gateway, token } = await withSession();
    await admitted(gateway, token);
    const { asked, gateway: other } = await withSession();
    await expectRefused(other, token, "token-invalid");
    expect(asked()).toEqual(["state.read"]);
  });

  test("a stolen signing key makes no token for another's session", async () => {
    const { gateway, login, token } = await withSession();
    await admitted(gateway, token);
    const claims = claimsOf(login.access_token) as Record<string, string>;
    for (const wrong of [{ sub: "u-2" }, { customer_v2_id: "c-2" }, { client_id: "compat" }]) {
      const forged = await gateway.gateway.tokens.issue({ ...claims, ...wrong } as never);
      await expectRefused(gateway, forged.token, "token-invalid");
    }
  });
});

describe("the token for the upstream", () => {
  test("the token for the upstream has a minute left at least, and is made anew then", async () => {
    const { gateway, token } = await withSession();
    const upstream = async () => (await admitted(gateway, token)).upstreamToken();
    const first = await upstream();
    gateway.clock.advance(4 * MINUTE - 1);
    expect(await upstream()).toBe(first);
    gateway.clock.advance(1);
    const second = await upstream();
    expect(claimsOf(second)).toMatchObject({ exp: (START + 9 * MINUTE) / 1000 });
  });

  test("the token for the upstream says the e-mail that the user has now, and none where it is not clear", async () => {
    const { gateway, token } = await withSession();
    const emailNow = async () =>
      claimsOf(await (await admitted(gateway, token)).upstreamToken())["email"];
    expect(await emailNow()).toBe("u-1@example.com");
    change(gateway.file, "users", "u-1", { email: "asha@example.com" });
    gateway.clock.advance(4 * MINUTE);
    expect(await emailNow()).toBe("asha@example.com");
    change(gateway.file, "users", "u-1", { email: null });
    gateway.clock.advance(4 * MINUTE);
    expect(await emailNow()).toBeUndefined();
  });

  test("the token for the upstream cannot be had without LEGACY_JWT_SECRET, and staff are nobody there", async () => {
    const gateway = await testGateway({ documents });
    const { access_token } = (await logIn(gateway, PHONE)).body;
    const caller = await admitted(gateway, access_token);
    expect(() => caller.upstreamToken()).toThrow(TypeError);
    await expectRefused(gateway, staffToken({}), "token-invalid");
  });

  test("the token for the upstream of a caller is no token here", async () => {
    const { gateway, token } = await withSession();
    const minted = await (await admitted(gateway, token)).upstreamToken();
    await expectRefused(gateway, minted, "token-invalid");
  });
});

describe("where a store is down", () => {
  test("where a store is down nothing is answered from memory past its ten seconds, and all is well when it is back", async () => {
    const ports = faults();
    const gateway = await testGateway({
      env,
      ...ports.options,
      clock: testClock(),
      documents: { ...documents, users: [...documents.users, staff] },
    });
    const token = (await logIn(gateway, PHONE)).body.access_token;
    const callers = [token, staffToken({})];
    for (const caller of callers) await admitted(gateway, caller);
    ports.failOn((port) => port === "state" || port === "directory");
    gateway.clock.advance(9_999);
    for (const caller of callers) await admitted(gateway, caller);
    gateway.clock.advance(1);
    for (const caller of callers) {
      const many = Array.from({ length: 10 }, () => admitCaller(gateway.gateway, caller));
      for (const one of await Promise.allSettled(many)) {
        expect(one.status === "rejected" && one.reason).toBeInstanceOf(AdapterError);
      }
    }
    ports.heal();
    for (const caller of callers) await admitted(gateway, caller);
  });

  test("a link that cannot be confirmed lets nobody in, and ends no session", async () => {
    const ports = faults();
    const gateway = await testGateway({ env, documents, ...ports.options });
    const token = (await logIn(gateway, PHONE)).body.access_token;
    gateway.clock.advance(15 * MINUTE);
    ports.failOn((port) => port === "directory");
    await expect(admitCaller(gateway.gateway, token)).rejects.toThrow(AdapterError);
    ports.heal();
    await admitted(gateway, token);
  });
});
