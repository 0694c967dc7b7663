import { afterAll, describe, expect, it } from "vitest";
import { type Outcome, twoEntrances } from "../../support/proxy/two-entrances.ts";

const both = await twoEntrances();
afterAll(() => both.stop());

const head = (method: string, path: string, ...fields: readonly string[]): string =>
  [`${method} ${path} HTTP/1.1`, "host: door.example", ...fields, "", ""].join("\r\n");

const post = (path: string, body: string, ...fields: readonly string[]): string =>
  head("POST", path, `content-length: ${body.length}`, "connection: close", ...fields) + body;

const JSON_TYPE = "content-type: application/json";
const TOKEN = "authorization: Bearer {token}";
const LONG = `{"phone":"${"9".repeat(20_000)}"}`;

const REQUESTS: readonly (readonly [what: string, bytes: string])[] = [
  ["a request for a code", post("/auth/otp", '{"phone":"9876500109"}', JSON_TYPE)],
  [
    "a code for no challenge",
    post("/auth/otp/verify", '{"challenge_id":"x","code":"123456"}', JSON_TYPE),
  ],
  ["a member that stands twice", post("/auth/otp", '{"phone":"1","phone":"2"}', JSON_TYPE)],
  [
    "a body of another type",
    post("/auth/otp", '{"phone":"9876500109"}', "content-type: text/plain"),
  ],
  ["two types of one body", post("/auth/otp", "{}", JSON_TYPE, "content-type: text/plain")],
  ["a body that is too long", post("/auth/otp", LONG, JSON_TYPE)],
  [
    "a chunked body",
    `${head("POST", "/auth/otp", "transfer-encoding: chunked", JSON_TYPE, "connection: close")}2\r\n{}\r\n0\r\n\r\n`,
  ],
  ["two hosts", post("/auth/otp", "{}", JSON_TYPE, "host: other.example")],
  ["an own path with an escape", post("/auth/ot%70", '{"phone":"9876500109"}', JSON_TYPE)],
  ["two tokens", head("GET", "/auth/me", TOKEN, TOKEN, "connection: close")],
  ["who is asking", head("GET", "/auth/me", TOKEN, "connection: close")],
  ["public keys", head("GET", "/.well-known/jwks.json", "connection: close")],
  ["public keys without their body", head("HEAD", "/.well-known/jwks.json", "connection: close")],
  ["a preflight", head("OPTIONS", "/auth/otp", "origin: https://x.example", "connection: close")],
];

/** A challenge id is drawn anew by each gateway. */
const withoutId = ({ answer, ...rest }: Outcome): Outcome => ({
  ...rest,
  answer: answer.replace(/"challenge_id":"[^"]*"/, '"challenge_id":"NEW"'),
});

describe("both entrances answer an own route alike", () => {
  it.each(REQUESTS)("both entrances answer and log %s to an own route alike", async (_, bytes) => {
    const { full, short } = await both.send(bytes);
    expect(withoutId(short)).toEqual(withoutId(full));
    expect(short.answer).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(short.backend).toEqual([]);
  });
});

it("an answer without a body has no length and no type", async () => {
  const { full, short } = await both.send(
    head("POST", "/auth/logout", TOKEN, "content-length: 0", "connection: close"),
  );
  expect(short).toEqual(full);
  expect(short.answer).toContain("HTTP/1.1 204 ");
  expect(short.answer).not.toMatch(/^content-(?:length|type): /m);
});
