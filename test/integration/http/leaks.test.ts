import { describe, expect, test } from "vitest";
import { claimsOf } from "../../support/gateway/client.ts";
import { recorder } from "../../support/gateway/recorder.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { DOCUMENTS, flyThrough } from "./every-flow.ts";

const ports = recorder();
const gateway = await testGateway({ ...ports.options, documents: DOCUMENTS });
const { answers, secrets } = await flyThrough(gateway);

/** Every way in which people, and the gateway, write these numbers. */
const phoneSpellings = secrets.phones.flatMap((phone) => [
  phone,
  `${phone.slice(0, 5)} ${phone.slice(5)}`,
  `${phone.slice(0, 5)}-${phone.slice(5)}`,
  [...phone].map((digit) => String.fromCodePoint(0x966 + Number(digit))).join(""),
]);
/** The last of a token's parts is the secret one; a log that shortens it must not show it either. */
const tokenParts = secrets.tokens.flatMap((token) => [token, token.split(".").at(-1) ?? ""]);

/** The claims of an access token; `sub` and `customer_v2_id` are ids, in any form the legacy data has. */
const CLAIMS = "amr,aud,auth_time,client_id,customer_v2_id,exp,iat,iss,jti,role,sid,sub".split(",");

function expectNothingSecretIn(text: string): void {
  for (const phone of phoneSpellings) expect(text.includes(phone), "a phone").toBe(false);
  for (const email of secrets.emails) expect(text.includes(email), "an e-mail").toBe(false);
  for (const token of tokenParts) expect(text.includes(token), "a token").toBe(false);
  for (const code of secrets.codes) {
    // Standing alone: six digits inside a longer number or an id are chance.
    expect(new RegExp(`(?<![\\w-])${code}(?![\\w-])`).test(text), "a code").toBe(false);
  }
}

describe("after every flow with every outcome", () => {
  test("after every flow with every outcome there was something to leak", () => {
    const seen = new Set(answers.map(({ body }) => body?.code).filter(Boolean));
    for (const code of [
      ...["otp-rejected", "otp-exhausted", "rate-limited", "customer-stopped", "user-inactive"],
      ...["link-conflict", "not-owner", "refresh-reused", "token-invalid", "validation-failed"],
      ...["not-found", "phone-unsupported"],
    ]) {
      expect(seen).toContain(code);
    }
    expect(secrets.codes.length).toBeGreaterThan(5);
    expect(secrets.tokens.length).toBeGreaterThan(20);
    expect(gateway.lines.length).toBeGreaterThan(answers.length);
  });

  test("no log line and no audit line holds a phone, code, token or e-mail", () => {
    for (const line of gateway.lines) expectNothingSecretIn(line);
  });

  test("no error body does", () => {
    const errors = answers.filter(({ status }) => status >= 400);
    for (const { body } of errors) expectNothingSecretIn(JSON.stringify(body));
  });

  test("no header does", () => {
    for (const { headers } of answers) expectNothingSecretIn(JSON.stringify([...headers]));
  });

  test("no name of a stored record does", () => {
    const keys = ports.calls.filter(({ port }) => port === "state").map(({ key }) => key ?? "");
    expect(new Set(keys).size).toBeGreaterThan(8);
    for (const key of keys) {
      expect(key).toMatch(/^(phone|user)\/[\w-]{22}$/);
      expectNothingSecretIn(key);
    }
  });

  test("no access token names a phone, a person or an e-mail", () => {
    const tokens = answers.map(({ body }) => body?.access_token).filter(Boolean);
    expect(tokens.length).toBeGreaterThan(3);
    for (const token of tokens) {
      expect(Object.keys(claimsOf(token)).sort()).toEqual(CLAIMS);
    }
  });

  test("after every flow with every outcome nothing that was deferred failed", () => {
    expect(gateway.runtime.errors).toEqual([]);
  });
});
