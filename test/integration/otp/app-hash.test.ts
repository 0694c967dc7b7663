import { expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { call } from "../../support/gateway/client.ts";
import { publicEntry } from "../../support/gateway/oauth-client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";

const PHONE = "9876500001";
const STRANGER = "9876500099";
const HASH = "FA+9qCX9VSu";
const android = { ...publicEntry("android", "com.example.app:/cb"), sms_app_hash: HASH };

const open = (): Promise<TestGateway> =>
  testGateway({
    documents: { customers_v2: [customer("c-1", PHONE)] },
    env: {
      OTP_DOMAIN: "otp.example",
      ALLOWED_ORIGINS: "https://localhost",
      OTP_SENDS_PER_PHONE: "100/1h",
      OAUTH_CLIENTS: JSON.stringify(
        [android, publicEntry("plain", "https://plain.example/cb")].map((entry) => ({
          ...entry,
          id_token_signed_response_alg: "ES256",
        })),
      ),
    },
  });

async function ask(test: TestGateway, body: object, path = "/auth/otp", headers = {}) {
  const answer = await call(test, "POST", path, body, headers);
  await test.runtime.settle();
  return { answer, text: test.outbox.latest()[0]?.text ?? "" };
}

it("a message that an app asks for ends with the app's hash, the first time and again, and names OTP_DOMAIN", async () => {
  const test = await open();
  const webView = { origin: "https://localhost" };
  const asked = { phone: PHONE, client_id: "android" };
  const { answer, text } = await ask(test, asked, "/auth/otp", webView);
  expect(answer.status).toBe(202);
  expect(text).toMatch(new RegExp(`\\n@otp\\.example #\\d{6}\\n${HASH.replace("+", "\\+")}$`));
  test.clock.advance(31_000);
  const { challenge_id } = answer.body;
  const again = await ask(test, { challenge_id, client_id: "android" }, "/auth/otp/resend");
  expect(again.answer.status).toBe(202);
  expect(test.outbox.latest().length).toBe(2);
  expect(again.text).toBe(text);
  // The same code, asked for by a page: that page's line is the last one.
  test.clock.advance(61_000);
  expect((await ask(test, { challenge_id }, "/auth/otp/resend")).text).toMatch(
    /\n@otp\.example #\d{6}$/,
  );
});

it("a message has no hash where the client has none, or none is named", async () => {
  const test = await open();
  for (const more of [{}, { client_id: "plain" }]) {
    const { answer, text } = await ask(test, { phone: PHONE, ...more });
    expect(answer.status).toBe(202);
    expect(text).toMatch(/\n@otp\.example #\d{6}$/);
    test.clock.advance(61_000);
  }
});

it("a text that is too long with the hash goes out without it", async () => {
  const test = await open();
  const { text } = await ask(test, { phone: PHONE, client_id: "android", locale: "hi" });
  expect(text).toMatch(/\n@otp\.example #\d{6}$/);
});

it("an unknown client is refused for every phone alike, and nothing is sent", async () => {
  const test = await open();
  const answers = [];
  for (const phone of [PHONE, STRANGER]) {
    const { answer } = await ask(test, { phone, client_id: "nobody" });
    answers.push({ status: answer.status, errors: answer.body.errors });
  }
  expect(answers[0]).toEqual({
    status: 422,
    errors: [{ pointer: "/client_id", detail: "must name a registered client" }],
  });
  expect(answers[1]).toEqual(answers[0]);
  expect(test.outbox.latest()).toEqual([]);
});

it("a login with a code that an app asked for is a direct one, as without `client_id`", async () => {
  const test = await open();
  const { answer } = await ask(test, { phone: PHONE, client_id: "android" });
  const code = test.outbox.latest()[0]?.code;
  const { challenge_id } = answer.body;
  const login = await call(test, "POST", "/auth/otp/verify", { challenge_id, code });
  const authorization = `Bearer ${login.body.access_token}`;
  const { body } = await call(test, "GET", "/auth/sessions", undefined, { authorization });
  expect(body.sessions).toMatchObject([{ client_id: "doorstep" }]);
});
