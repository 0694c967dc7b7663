import { describe, expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import {
  bearer,
  call,
  challengeFor,
  claimsOf,
  logIn,
  resend,
  select,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";

const [ACTIVE, STOPPED, INACTIVE, CONFLICT, SHARED] = [1, 2, 3, 4, 5].map(
  (digit) => `987650000${digit}`,
) as [string, string, string, string, string];

const gateway = await testGateway({
  documents: {
    customers_v2: [
      customer("c-1", ACTIVE),
      customer("c-2", STOPPED, { status: "stopped" }),
      customer("c-3", INACTIVE, { user_id: "u-3" }),
      customer("c-4", CONFLICT, { user_id: "u-4" }),
      customer("c-5", SHARED),
      customer("c-6", SHARED),
    ],
    users: [
      user("u-3", { customer_v2_id: "c-3", is_active: false }),
      user("u-4", { role: "admin" }),
    ],
  },
});
const login = (await logIn(gateway, ACTIVE)).body;
const CALLER_ROUTES = [
  ["GET", "/auth/me"],
  ["GET", "/auth/sessions"],
  ["DELETE", "/auth/sessions"],
  ["DELETE", "/auth/sessions/some-id"],
  ["POST", "/auth/logout"],
] as const;

describe("account problems are shown once the phone is proven", () => {
  const cases = [
    [STOPPED, 403, "customer-stopped"],
    [INACTIVE, 403, "user-inactive"],
    [CONFLICT, 409, "link-conflict"],
  ] as const;
  test.each(cases)(
    "account problems are shown once the phone is proven: %s: %i %s, and not before",
    async (phone, status, problem) => {
      const { challenge_id, code } = await challengeFor(gateway, phone);
      const guessed = await verify(gateway, challenge_id, wrongFor(code));
      expectProblem(guessed, 400, "otp-rejected", { attempts_remaining: 4 });
      expectProblem(await verify(gateway, challenge_id, code), status, problem);
      expect(gateway.lines.join("\n")).toContain(problem);
    },
  );

  test("a customer of another phone is not its owner's to choose", async () => {
    const { challenge_id, code } = await challengeFor(gateway, SHARED);
    const { selection_token } = (await verify(gateway, challenge_id, code)).body;
    for (const foreign of ["c-1", "nobody", "", "__proto__"]) {
      expectProblem(await select(gateway, selection_token, foreign), 403, "not-owner");
    }
  });
});

describe.each(CALLER_ROUTES)("%s %s", (method, path) => {
  const as = (headers: Readonly<Record<string, string>>) =>
    call(gateway, method, path, undefined, headers);

  test("without a token asks for one", async () => {
    const answer = await as({});
    expectProblem(answer, 401, "token-missing");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("refuses what is no token of ours", async () => {
    const { access_token, device_token, refresh_token } = login;
    const [head, payload] = access_token.split(".");
    const texts = [
      "Bearer x",
      "Bearer",
      "Basic dXNlcjpwYXNz",
      `Bearer ${refresh_token}`,
      `Bearer ${device_token}`,
      `Bearer ${head}.${payload}.`,
      `Bearer ${access_token}, Bearer ${access_token}`,
    ];
    for (const authorization of texts) {
      const answer = await as({ authorization });
      expectProblem(answer, 401, "token-invalid");
      expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    }
  });

  test("tells a token that is past its life", async () => {
    gateway.clock.advance(15 * 60_000);
    const answer = await as(bearer(login.access_token));
    gateway.clock.advance(-15 * 60_000);
    expectProblem(answer, 401, "token-expired");
    expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  });
});

test("somebody else's session is not there to be ended", async () => {
  const [mine, theirs] = [login, (await logIn(gateway, SHARED, { pick: "c-5" })).body];
  const path = `/auth/sessions/${claimsOf(theirs.access_token).sid}`;
  const answer = await call(gateway, "DELETE", path, undefined, bearer(mine.access_token));
  expectProblem(answer, 404, "not-found");
  expect(
    (await call(gateway, "GET", "/auth/me", undefined, bearer(theirs.access_token))).status,
  ).toBe(200);
});

test("a wait is 429 with the seconds that are left", async () => {
  const { challenge_id } = await challengeFor(gateway, ACTIVE);
  const answer = await resend(gateway, challenge_id);
  expectProblem(answer, 429, "rate-limited");
  expect(retryAfter(answer)).toBe(30);
});

test("the sixth wrong code is 429, without a hint when to go on", async () => {
  const { challenge_id, code } = await challengeFor(gateway, ACTIVE);
  for (const attempts_remaining of [4, 3, 2, 1, 0]) {
    const answer = await verify(gateway, challenge_id, wrongFor(code));
    expectProblem(answer, 400, "otp-rejected", { attempts_remaining });
  }
  const answer = await verify(gateway, challenge_id, code);
  expectProblem(answer, 429, "otp-exhausted");
  expect(answer.headers.get("retry-after")).toBeNull();
  expectProblem(await resend(gateway, challenge_id, { channel: "call" }), 429, "otp-exhausted");
});
