import { describe, expect, test } from "vitest";
import { type AdmissionFailure, admitCaller } from "../../../src/flows/sessions/admit-caller.ts";
import type { Admitted } from "../../../src/flows/sessions/admitted.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { customer, user } from "../../cases-extra/people.ts";
import { bearer, call, claimsOf, logIn, refresh } from "../../support/gateway/client.ts";
import { compatLogIn } from "../../support/gateway/compat-client.ts";
import { ofStores, recorder } from "../../support/gateway/recorder.ts";
import {
  START,
  type TestGateway,
  testClock,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { compact, withSecret } from "../../support/proxy/forge-token.ts";
import { faults } from "../http/failing-ports.ts";
import { change, remove } from "../linking/sqlite-world.ts";

const PHONE = "9876500001";
const SECRET = "a-secret-of-the-backend-of-more-than-32-bytes";
const MINUTE = 60_000;
const env = {
  LEGACY_JWT_SECRET: SECRET,
  OTP_SENDS_PER_PHONE: "1000/1h",
  ACCESS_TOKEN_TTL: "60m",
};
const documents = {
  customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
  users: [user("u-1", { customer_v2_id: "c-1", phone: PHONE })],
};

/** A logged-in customer, and what the stores were asked since the login. */
async function withSession(more: Parameters<typeof testGateway>[0] = {}) {
  const ports = recorder();
  const gateway = await testGateway({ env, documents, ...ports.options, ...more });
  const login = (await logIn(gateway, PHONE)).body;
  await gateway.runtime.settle();
  ports.take();
  const asked = () => ofStores(ports.take()).map(({ method, port }) => `${port}.${method}`);
  return { asked, gateway, login, token: login.access_token as string };
}

async function admitted(gateway: TestGateway, token: string): Promise<Admitted> {
  const result = await admitCaller(gateway.gateway, token);
  if (!result.ok) throw new Error(result.failure.reason);
  return result.value;
}

async function expectRefused(
  gateway: TestGateway,
  token: string | undefined,
  reason: AdmissionFailure["reason"],
): Promise<void> {
  expect(await admitCaller(gateway.gateway, token)).toEqual({ ok: false, failure: { reason } });
}

/** The gateway's tokens, with each signature that is checked or made counted. */
function countSignatures({ gateway }: TestGateway) {
  const counts = { verified: 0, minted: 0 };
  const { legacyTokens, tokens } = gateway;
  if (legacyTokens === null) throw new Error("no legacy tokens");
  const counted = {
    ...gateway,
    tokens: {
      ...tokens,
      verify: (token: string) => {
        counts.verified++;
        return tokens.verify(token);
      },
    },
    legacyTokens: {
      ...legacyTokens,
      mint: (claims: Parameters<typeof legacyTokens.mint>[0]) => {
        counts.minted++;
        return legacyTokens.mint(claims);
      },
    },
  };
  return { counts, counted };
}

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

describe("a session that was ended", () => {
  test("a session that was ended on another node is refused within ten seconds, to the millisecond", async () => {
    const { gateway, token } = await withSession();
    const { directory, state } = gateway.gateway;
    const { clock } = gateway;
    const shared = { wrapDirectory: () => directory, wrapState: () => state };
    const other = await testGateway({ env, clock, ...shared });
    await admitted(gateway, token);
    await call(other, "DELETE", "/auth/sessions", undefined, bearer(token));
    gateway.clock.advance(9_999);
    await admitted(gateway, token);
    gateway.clock.advance(1);
    await expectRefused(gateway, token, "token-invalid");
  });

  test("a session that was ended is refused at once where it was not seen of late", async () => {
    const { gateway, token } = await withSession();
    await call(gateway, "POST", "/auth/logout", undefined, bearer(token));
    await expectRefused(gateway, token, "token-invalid");
  });

  test("a session that was ended by its own time is refused although it is remembered", async () => {
    const short = { ...env, COMPAT_TOKEN_TTL: "2h" };
    const { gateway } = await withSession({ env: short, documents });
    const { access_token } = (await compatLogIn(gateway, PHONE)).body;
    gateway.clock.advance(2 * 60 * MINUTE - 1);
    await admitted(gateway, access_token);
    gateway.clock.advance(1);
    await expectRefused(gateway, access_token, "token-expired");
  });

  test("a session that was ended begins no login of the same user: a new session is admitted at once", async () => {
    const { gateway, token } = await withSession();
    await admitted(gateway, token);
    const again = (await logIn(gateway, PHONE)).body.access_token;
    await admitted(gateway, again);
  });
});

describe("the link of a session in use", () => {
  const CONFIRMED = ["directory.findCustomers", "directory.findUsers"];

  test("the link of a session in use is confirmed 15 minutes after the login, once, and again 15 minutes later", async () => {
    const { asked, gateway, token } = await withSession();
    gateway.clock.advance(15 * MINUTE - 1);
    await admitted(gateway, token);
    expect(asked()).toEqual(["state.read"]);
    gateway.clock.advance(1);
    await Promise.all(Array.from({ length: 100 }, () => admitted(gateway, token)));
    expect(asked()).toEqual(CONFIRMED);
    gateway.clock.advance(15 * MINUTE - 1);
    await admitted(gateway, token);
    expect(asked()).toEqual(["state.read"]);
    gateway.clock.advance(1);
    await admitted(gateway, token);
    expect(asked()).toEqual(CONFIRMED);
  });

  test("the link of a session in use is not confirmed again where a refresh has just done so", async () => {
    const { asked, gateway, login } = await withSession();
    gateway.clock.advance(14 * MINUTE);
    const next = (await refresh(gateway, login.refresh_token)).body.access_token;
    asked();
    gateway.clock.advance(14 * MINUTE);
    await admitted(gateway, next);
    expect(asked()).toEqual(["state.read"]);
  });

  const CHANGES: [string, AdmissionFailure["reason"], (gateway: TestGateway) => void][] = [
    [
      "the customer is stopped",
      "customer-stopped",
      ({ file }) => change(file, "customers_v2", "c-1", { status: "stopped" }),
    ],
    [
      "the user is disabled",
      "user-inactive",
      ({ file }) => change(file, "users", "u-1", { is_active: false }),
    ],
    [
      "the phone is another",
      "token-invalid",
      ({ file }) => change(file, "customers_v2", "c-1", { phone: "9876500002" }),
    ],
    ["the customer is gone", "token-invalid", ({ file }) => remove(file, "customers_v2", "c-1")],
    [
      "the user is staff",
      "token-invalid",
      ({ file }) => change(file, "users", "u-1", { role: "admin" }),
    ],
  ];
  test.each(CHANGES)(
    "the link of a session in use no longer stands where %s: the session ends for good",
    async (_, reason, alter) => {
      const { gateway, token } = await withSession();
      await admitted(gateway, token);
      alter(gateway);
      gateway.clock.advance(15 * MINUTE);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => admitCaller(gateway.gateway, token)),
      );
      for (const answer of answers) expect(answer).toEqual({ ok: false, failure: { reason } });
      await expectRefused(gateway, token, "token-invalid");
      expect(gateway.lines.filter((line) => line.includes('"session.ended"'))).toHaveLength(1);
    },
  );
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

const HOUR = 3600;
/** A staff member's token as the backend makes it. */
const staffToken = (more: object, secret = SECRET) =>
  compact(
    { alg: "HS256", typ: "JWT" },
    { sub: "admin-001", role: "admin", exp: START / 1000 + 24 * HOUR, ...more },
    withSecret(secret),
  );
const staff = user("admin-001", { role: "admin", email: "admin@earlybird.com" });

describe("a member of staff", () => {
  async function withStaff(users = [staff]) {
    const ports = recorder();
    const gateway = await testGateway({ env, documents: { users }, ...ports.options });
    const asked = () => ofStores(ports.take()).map(({ method, port }) => `${port}.${method}`);
    return { asked, gateway };
  }

  test("a member of staff is admitted by the backend's own token, without session or customer", async () => {
    const { gateway } = await withStaff();
    const caller = await admitted(gateway, staffToken({ customer_v2_id: "c-1" }));
    const nobodyElse = { customerId: null, sessionId: null };
    expect(caller).toMatchObject({ role: "admin", sub: "admin-001", ...nobodyElse });
    const { exp, iat, iss, jti, ...claims } = claimsOf(await caller.upstreamToken());
    expect(claims).toEqual({ sub: "admin-001", role: "admin", email: "admin@earlybird.com" });
    expect(exp).toBe(START / 1000 + 300);
  });

  test("a member of staff is read once in ten seconds, however many requests there are", async () => {
    const { asked, gateway } = await withStaff();
    const many = () =>
      Promise.all(Array.from({ length: 100 }, () => admitted(gateway, staffToken({}))));
    await many();
    gateway.clock.advance(9_999);
    await many();
    expect(asked()).toEqual(["directory.findUsers"]);
    gateway.clock.advance(1);
    await many();
    expect(asked()).toEqual(["directory.findUsers"]);
  });

  const CHANGES: [string, (gateway: TestGateway) => void][] = [
    ["is made inactive", ({ file }) => change(file, "users", "admin-001", { is_active: false })],
    ["gets another role", ({ file }) => change(file, "users", "admin-001", { role: "supplier" })],
    ["becomes a customer", ({ file }) => change(file, "users", "admin-001", { role: "customer" })],
    ["is deleted", ({ file }) => remove(file, "users", "admin-001")],
    [
      "gets a duplicate with the same id",
      ({ file }) =>
        void file.sql.run(
          "INSERT INTO users (key, doc) VALUES (?, ?)",
          '"t"',
          JSON.stringify(staff),
        ),
    ],
  ];
  test.each(CHANGES)("a member of staff who %s is out within ten seconds", async (_, alter) => {
    const { gateway } = await withStaff();
    await admitted(gateway, staffToken({}));
    alter(gateway);
    gateway.clock.advance(9_999);
    await admitted(gateway, staffToken({}));
    gateway.clock.advance(1);
    await expectRefused(gateway, staffToken({}), "token-invalid");
  });

  test("a member of staff whose role or e-mail changed is told to the backend as now", async () => {
    const { gateway } = await withStaff();
    const says = async (token: string) =>
      claimsOf(await (await admitted(gateway, token)).upstreamToken());
    expect(await says(staffToken({}))).toMatchObject({ email: "admin@earlybird.com" });
    change(gateway.file, "users", "admin-001", { email: "new@earlybird.com", role: "supplier" });
    gateway.clock.advance(10_000);
    const token = staffToken({ role: "supplier" });
    expect(await says(token)).toMatchObject({ email: "new@earlybird.com", role: "supplier" });
  });

  test("a staff token that is not the backend's own is refused, and no store is asked", async () => {
    const { asked, gateway } = await withStaff();
    const at = START / 1000;
    for (const token of [
      staffToken({ exp: undefined }),
      staffToken({ exp: at + 26 * HOUR }),
      staffToken({ iss: "https://door.example" }),
      staffToken({ aud: "x" }),
      staffToken({ role: "customer" }),
      staffToken({ role: "Admin" }),
      staffToken({ sub: "" }),
      staffToken({}, "another-secret-of-more-than-thirty-two-bytes"),
      staffToken({}, "your-jwt-secret-key"),
    ]) {
      await expectRefused(gateway, token, "token-invalid");
    }
    await expectRefused(gateway, staffToken({ exp: at }), "token-expired");
    expect(asked()).toEqual([]);
  });

  test("a member of staff is expired on time, remembered or not", async () => {
    const { gateway } = await withStaff();
    const token = staffToken({ exp: START / 1000 + 60 });
    await admitted(gateway, token);
    gateway.clock.advance(MINUTE);
    await expectRefused(gateway, token, "token-expired");
  });

  test("a customer's own legacy token opens nothing, whatever its users record says", async () => {
    const { gateway } = await withStaff([user("u-1"), staff]);
    await expectRefused(gateway, staffToken({ sub: "u-1", role: "customer" }), "token-invalid");
    await expectRefused(gateway, staffToken({ sub: "u-1", role: "admin" }), "token-invalid");
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
