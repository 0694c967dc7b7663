import { describe, expect, test } from "vitest";
import { concat, storedBytes } from "../../../src/core/bytes.ts";
import { mintBearer } from "../../../src/core/secrets/bearer.ts";
import { customer, user } from "../../cases-extra/people.ts";
import {
  askForCode,
  bearer,
  call,
  challengeFor,
  claimsOf,
  logIn,
  refresh,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import {
  compatCodeFor,
  compatLogIn,
  compatSend,
  compatVerify,
} from "../../support/gateway/compat-client.ts";
import {
  PUBLIC_URL,
  START,
  type TestGateway,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { expectOauthError, expectProblem } from "../http/expect-problem.ts";
import { change, documentsOf } from "../linking/sqlite-world.ts";
import { DOCUMENTS, expectCompatProblem, newGateway, PHONE } from "./compat-gateway.ts";

const HOUR = 3_600_000;

describe("the old web app's OTP tab", () => {
  test("the old web app's OTP tab asks for a code, and prints a field that is no code", async () => {
    const gateway = await newGateway();
    const sent = await compatSend(gateway, PHONE);
    expect(sent.status).toBe(200);
    expect(sent.headers.get("cache-control")).toBe("no-store");
    expect(sent.body).toEqual({ message: expect.stringMatching(/\.$/), otp: "sent by SMS" });
  });

  test("the old web app's OTP tab logs in with what LEGACY 5 expects, and gets nothing that it cannot keep", async () => {
    const gateway = await newGateway();
    const { body, headers, status } = await compatLogIn(gateway, PHONE);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    const [made] = documentsOf(gateway.file).users;
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: "bearer",
      user: { id: made?.["id"], name: "Asha Rao", role: "customer" },
    });
  });

  test("the old web app's OTP tab takes phone and code as people type them, and ignores what else is in the body", async () => {
    const gateway = await newGateway();
    const typed = [
      (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`,
      (code: string) => ` ${code.slice(0, 3)}-${code.slice(3)} `,
      (code: string) =>
        [...code].map((digit) => String.fromCodePoint(0x966 + Number(digit))).join(""),
    ];
    for (const spell of typed) {
      const code = await compatCodeFor(gateway, `+91 98765-00001`);
      const more = { role: "admin", challenge_id: "x", customer_v2_id: "c-9", $where: "1" };
      const answer = await compatVerify(gateway, `0${PHONE}`, spell(code), more);
      expect(answer.status).toBe(200);
      expect(answer.body.user.role).toBe("customer");
    }
  });

  test("the old web app's OTP tab reuses the legacy user, on whom the old orders hang", async () => {
    const users = [user("u-old", { customer_v2_id: "c-1", phone: PHONE })];
    const gateway = await newGateway({}, { ...DOCUMENTS, users });
    expect((await compatLogIn(gateway, PHONE)).body.user.id).toBe("u-old");
    expect(documentsOf(gateway.file).users).toHaveLength(1);
  });
});

test.each([
  ["stopped", customer("c-2", PHONE, { status: "stopped" }), []],
  [
    "with an inactive user",
    customer("c-2", PHONE, { user_id: "u-2" }),
    [user("u-2", { customer_v2_id: "c-2", is_active: false })],
  ],
  [
    "with contradicting records",
    customer("c-2", PHONE, { user_id: "u-2" }),
    [user("u-2", { role: "admin" })],
  ],
])(
  "the old web app logs the one live customer of a phone in beside one %s",
  async (_, other, users) => {
    const gateway = await newGateway({}, { customers_v2: [other, customer("c-1", PHONE)], users });
    const { body, status } = await compatLogIn(gateway, PHONE);
    expect([status, claimsOf(body.access_token)["customer_v2_id"]]).toEqual([200, "c-1"]);
  },
);

describe("the code is tried against", () => {
  test("the newest challenge of the page's own send, no other", async () => {
    const gateway = await newGateway();
    const first = await compatCodeFor(gateway, PHONE);
    let second = await compatCodeFor(gateway, PHONE);
    while (second === first) second = await compatCodeFor(gateway, PHONE);
    expectCompatProblem(await compatVerify(gateway, PHONE, first), 400, "otp-rejected", {
      attempts_remaining: 4,
    });
    expect((await compatVerify(gateway, PHONE, second)).status).toBe(200);
  });

  test("the old web app's code is never tried against a challenge of /auth/otp, nor the other way round", async () => {
    const gateway = await newGateway();
    const page = await compatCodeFor(gateway, PHONE);
    const stranger = await challengeFor(gateway, PHONE);
    expect(page).not.toBe(stranger.code);
    expectProblem(await verify(gateway, stranger.challenge_id, page), 400, "otp-rejected", {
      attempts_remaining: 4,
    });
    expectCompatProblem(await compatVerify(gateway, PHONE, stranger.code), 400, "otp-rejected", {
      attempts_remaining: 4,
    });
    expect((await compatVerify(gateway, PHONE, page)).status).toBe(200);
    expect((await verify(gateway, stranger.challenge_id, stranger.code)).status).toBe(200);
  });

  test("the old web app's code is tried against nothing, where only /auth/otp was asked", async () => {
    const gateway = await newGateway();
    const { code } = await challengeFor(gateway, PHONE);
    expectCompatProblem(await compatVerify(gateway, PHONE, code), 400, "otp-rejected");
  });

  test("the old web app's code has five tries, and no new verify gives one back", async () => {
    const gateway = await newGateway();
    const code = await compatCodeFor(gateway, PHONE);
    for (const left of [4, 3, 2, 1, 0]) {
      const answer = await compatVerify(gateway, PHONE, wrongFor(code));
      expectCompatProblem(answer, 400, "otp-rejected", { attempts_remaining: left });
    }
    expectCompatProblem(await compatVerify(gateway, PHONE, code), 429, "otp-exhausted");
    const anew = await compatCodeFor(gateway, PHONE);
    expect((await compatVerify(gateway, PHONE, anew)).status).toBe(200);
  });

  test("ten at once: one gets a token, and every later one is rejected", async () => {
    const gateway = await newGateway();
    const code = await compatCodeFor(gateway, PHONE);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => compatVerify(gateway, PHONE, code)),
    );
    expect(answers.filter(({ body }) => body.access_token !== undefined)).toHaveLength(1);
    const others = answers.filter(({ status }) => status !== 200);
    expect(others.map(({ body }) => body.code)).toEqual(others.map(() => "otp-rejected"));
    expectCompatProblem(await compatVerify(gateway, PHONE, code), 400, "otp-rejected");
    const [row] = gateway.file.sql.all(`SELECT value FROM state WHERE key LIKE '"user/%'`);
    expect(JSON.parse(row?.["value"] as string).record.sessions).toHaveLength(1);
  });

  test("ten wrong ones at once: five are counted", async () => {
    const gateway = await newGateway();
    const code = await compatCodeFor(gateway, PHONE);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => compatVerify(gateway, PHONE, wrongFor(code))),
    );
    const codes = answers.map(({ body }) => body.code).sort();
    expect(codes).toEqual([...Array(5).fill("otp-exhausted"), ...Array(5).fill("otp-rejected")]);
  });
});
/** What refresh tokens the keys and the store would make, for each session there is. */
async function refreshTokensOf({ file, gateway }: TestGateway): Promise<(string | null)[]> {
  const [row] = file.sql.all(`SELECT key, value FROM state WHERE key LIKE '"user/%'`);
  const userKey = JSON.parse(row?.["key"] as string).slice("user/".length);
  const { sessions } = JSON.parse(row?.["value"] as string).record;
  return Promise.all(
    sessions.map(({ keyId, seed, sid }: Record<"keyId" | "seed" | "sid", string>) => {
      const locator = concat(storedBytes(userKey), storedBytes(sid), new Uint8Array(4));
      return mintBearer(gateway.keyring, "refresh", keyId, locator, storedBytes(seed));
    }),
  );
}

describe("a session of the old web app", () => {
  const me = (gateway: Awaited<ReturnType<typeof newGateway>>, token: string) =>
    call(gateway, "GET", "/auth/me", undefined, bearer(token));

  test("a session of the old web app has one token, for a day, that is for the gateway alone", async () => {
    const gateway = await newGateway({ JWT_AUDIENCE: "https://services.example" });
    const { access_token } = (await compatLogIn(gateway, PHONE)).body;
    const iat = START / 1000;
    expect(claimsOf(access_token)).toMatchObject({
      iss: PUBLIC_URL,
      aud: `${PUBLIC_URL}/compat`,
      client_id: "compat",
      role: "customer",
      customer_v2_id: "c-1",
      amr: ["otp", "sms"],
      iat,
      exp: iat + 86_400,
    });
    const { access_token: other } = (await logIn(gateway, PHONE)).body;
    expect(claimsOf(other)).toMatchObject({ aud: "https://services.example" });
  });

  test("a session of the old web app ends when the token does, to the second", async () => {
    const gateway = await newGateway({ COMPAT_TOKEN_TTL: "2h" });
    const { access_token } = (await compatLogIn(gateway, PHONE)).body;
    gateway.clock.advance(2 * HOUR - 1000);
    expect((await me(gateway, access_token)).status).toBe(200);
    gateway.clock.advance(1000);
    expectProblem(await me(gateway, access_token), 401, "token-expired");
    const { access_token: later } = (await compatLogIn(gateway, PHONE)).body;
    const listed = await call(gateway, "GET", "/auth/sessions", undefined, bearer(later));
    expect(listed.body.sessions).toHaveLength(1);
  });

  test("a session of the old web app is listed, and ended by its own token or by another device", async () => {
    const gateway = await newGateway();
    const phone = (await logIn(gateway, PHONE)).body.access_token;
    const [web, lost] = [
      (await compatLogIn(gateway, PHONE)).body.access_token,
      (await compatLogIn(gateway, PHONE)).body.access_token,
    ];
    const { body } = await call(gateway, "GET", "/auth/sessions", undefined, bearer(web));
    const clients = body.sessions.map((entry: { client_id: string }) => entry.client_id);
    expect(clients).toEqual(["doorstep", "compat", "compat"]);
    const sid = claimsOf(lost)["sid"];
    const ended = await call(gateway, "DELETE", `/auth/sessions/${sid}`, undefined, bearer(phone));
    expect(ended.status).toBe(204);
    expectProblem(await me(gateway, lost), 401, "token-invalid");
    expect((await call(gateway, "POST", "/auth/logout", undefined, bearer(web))).status).toBe(204);
    expectProblem(await me(gateway, web), 401, "token-invalid");
    expect((await me(gateway, phone)).status).toBe(200);
  });

  test("a session of the old web app is one of three at most, and pushes no phone out", async () => {
    const gateway = await newGateway();
    const phone = (await logIn(gateway, PHONE)).body.access_token;
    const webs: string[] = [];
    for (let browser = 0; browser < 12; browser++) {
      webs.push((await compatLogIn(gateway, PHONE)).body.access_token);
    }
    const alive = await Promise.all(webs.map(async (token) => (await me(gateway, token)).status));
    expect(alive).toEqual([...Array(9).fill(401), 200, 200, 200]);
    expect((await me(gateway, phone)).status).toBe(200);
  });

  test("a session of the old web app ends with the customer, the user or the phone", async () => {
    const gateway = await newGateway();
    const { access_token } = (await compatLogIn(gateway, PHONE)).body;
    change(gateway.file, "customers_v2", "c-1", { status: "stopped" });
    expectProblem(await me(gateway, access_token), 403, "customer-stopped");
    expectProblem(await me(gateway, access_token), 401, "token-invalid");
  });

  test("a session of the old web app is nothing to the token endpoint, not even with a token made from stolen keys and store", async () => {
    const gateway = await newGateway();
    const direct = (await logIn(gateway, PHONE)).body;
    await compatLogIn(gateway, PHONE);
    const [own, web] = await refreshTokensOf(gateway);
    expect(own).toBe(direct.refresh_token);
    for (const more of [{ client_id: "compat" }, { client_id: "doorstep" }, {}]) {
      const refused = await refresh(gateway, web ?? "", more);
      expectOauthError(refused, 400, "invalid_grant", "token-invalid");
    }
    expect((await refresh(gateway, own ?? "")).status).toBe(200);
  });

  test("a session of the old web app makes no device known", async () => {
    const gateway = await newGateway();
    await compatLogIn(gateway, PHONE);
    const [row] = gateway.file.sql.all(`SELECT value FROM state WHERE key LIKE '"user/%'`);
    expect(JSON.parse(row?.["value"] as string).record.devices).toEqual([]);
  });
});

test("a code of the page is limited with those of /auth/otp: one phone, one budget", async () => {
  const gateway = await testGateway({
    env: { OTP_SENDS_PER_PHONE: "3/10m" },
    documents: DOCUMENTS,
  });
  expect((await compatSend(gateway, PHONE)).status).toBe(200);
  expect((await askForCode(gateway, PHONE)).status).toBe(202);
  expect((await compatSend(gateway, PHONE)).status).toBe(200);
  expectProblem(await askForCode(gateway, PHONE), 429, "rate-limited");
  expectCompatProblem(await compatSend(gateway, PHONE), 429, "rate-limited");
});
