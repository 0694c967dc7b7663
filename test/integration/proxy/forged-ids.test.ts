import { beforeEach, describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  challengeFor,
  logIn,
  post,
  refresh,
  resend,
  select,
  verify,
} from "../../support/gateway/client.ts";
import { ofStores, recorder } from "../../support/gateway/recorder.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { expectOauthError, expectProblem } from "../http/expect-problem.ts";

const PHONE = "9876500001";
const SHARED = "9876500002";
const ports = recorder();
const gateway = await testGateway({
  ...ports.options,
  env: { OTP_SENDS_PER_PHONE: "1000/1h" },
  documents: {
    customers_v2: [customer("c-1", PHONE), customer("c-2", SHARED), customer("c-3", SHARED)],
  },
});
const login = (await logIn(gateway, PHONE)).body;
const { challenge_id, code } = await challengeFor(gateway, PHONE);
const shared = await challengeFor(gateway, SHARED);
const { selection_token } = (await verify(gateway, shared.challenge_id, shared.code)).body;
gateway.clock.advance(30_000);

/** The text with one bit of one character turned, for every character and each of its seven bits. */
const flipped = (text: string): string[] =>
  [...text].flatMap((character, at) =>
    Array.from({ length: 7 }, (_, bit) => {
      const turned = String.fromCharCode(character.charCodeAt(0) ^ (1 << bit));
      return text.slice(0, at) + turned + text.slice(at + 1);
    }),
  );

/** Other texts that look much alike. */
const alike = (text: string): string[] => [
  "",
  `${text}A`,
  `${text}=`,
  ` ${text}`,
  `${text}\n`,
  text.slice(0, -1),
  text.slice(0, -4),
  text.toUpperCase(),
  `${text}.${text}`,
  text.replace(".", ".."),
  text.repeat(100),
];

describe("a challenge id that was not made here is refused before any store is read", () => {
  beforeEach(() => void ports.take());

  test("a challenge id that was not made here is refused before any store is read with one flipped bit, at every character, to verify", async () => {
    for (const forged of [...flipped(challenge_id), ...alike(challenge_id)]) {
      expectProblem(await verify(gateway, forged, code), 400, "otp-rejected");
    }
    expect(ofStores(ports.take())).toEqual([]);
  });

  test("a challenge id that was not made here is refused before any store is read with one flipped bit, at every character, to resend", async () => {
    for (const forged of [...flipped(challenge_id), ...alike(challenge_id)]) {
      expectProblem(await resend(gateway, forged), 400, "otp-rejected");
    }
    expect(ofStores(ports.take())).toEqual([]);
  });

  test("a selection token that was not made here is refused before any store is read", async () => {
    for (const forged of [...flipped(selection_token), ...alike(selection_token)]) {
      expectProblem(await select(gateway, forged, "c-2"), 400, "otp-rejected");
    }
    expect(ofStores(ports.take())).toEqual([]);
  });

  test("a refresh token that was not made here is refused before any store is read", async () => {
    const token = login.refresh_token;
    // An empty parameter counts as left out (RFC 6749 section 3.2).
    for (const forged of [...flipped(token), ...alike(token).filter((text) => text !== "")]) {
      expectOauthError(await refresh(gateway, forged), 400, "invalid_grant", "token-invalid");
    }
    expect(ofStores(ports.take())).toEqual([]);
  });

  test("one kind of token is not another", async () => {
    const { device_token, refresh_token } = login;
    for (const other of [selection_token, device_token, refresh_token, login.access_token]) {
      expectProblem(await verify(gateway, other, code), 400, "otp-rejected");
    }
    for (const other of [challenge_id, device_token, refresh_token]) {
      expectProblem(await select(gateway, other, "c-2"), 400, "otp-rejected");
    }
    for (const other of [challenge_id, device_token, selection_token, login.access_token]) {
      expectOauthError(await refresh(gateway, other), 400, "invalid_grant", "token-invalid");
    }
    expect(ofStores(ports.take())).toEqual([]);
  });
});

test("a device token with a flipped bit is nothing: the user's record is not even read", async () => {
  for (const forged of flipped(login.device_token).filter((_, index) => index % 5 === 0)) {
    ports.take();
    const body = { phone: "9876599999", device_token: forged };
    expect([202, 429]).toContain((await post(gateway, "/auth/otp", body)).status);
    await gateway.runtime.settle();
    const read = ports.take().filter(({ port }) => port === "state");
    expect(read.filter(({ key }) => key?.startsWith("user/"))).toEqual([]);
  }
});

test("none of it used up a try: the untouched ones still work", async () => {
  expect((await verify(gateway, challenge_id, code)).status).toBe(200);
  expect((await select(gateway, selection_token, "c-2")).status).toBe(200);
  expect((await refresh(gateway, login.refresh_token)).status).toBe(200);
});

test("a challenge that expired, and one of a phone that nobody has, are alike", async () => {
  const known = await challengeFor(gateway, PHONE);
  const decoy = (await askForCode(gateway, "9876599998")).body;
  gateway.clock.advance(5 * 60_000);
  const answers = [
    await verify(gateway, known.challenge_id, known.code),
    await verify(gateway, decoy.challenge_id, known.code),
  ];
  for (const answer of answers) expectProblem(answer, 400, "otp-rejected");
});
