import { describe, expect, test } from "vitest";
import {
  type AuthorizationRefusal,
  isNewEnough,
  readAuthorizationRequest,
} from "../../../../src/core/oauth/authorization-request.ts";
import { authorizationResponse } from "../../../../src/core/oauth/authorization-response.ts";
import type { OAuthClient } from "../../../../src/core/oauth/client.ts";
import { publicClient } from "../../../support/core/oauth-client-fixture.ts";

const ISSUER = "https://door.example";
const REDIRECT = "https://shop.example/cb";
const CLIENTS: readonly OAuthClient[] = [
  publicClient({
    redirectUris: [{ kind: "https", uri: REDIRECT }],
    scope: ["openid", "phone", "offline_access"],
  }),
];
const TWICE = { error: "invalid_request", error_description: "a parameter stands twice" };
const NOW = 1_793_000_000_000;
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const GOOD = {
  client_id: "shop",
  redirect_uri: REDIRECT,
  response_type: "code",
  state: "s-1",
  code_challenge: CHALLENGE,
  code_challenge_method: "S256",
};

function read(more: Readonly<Record<string, string | null>> = {}, raw = "") {
  const given = Object.entries({ ...GOOD, ...more }).filter((entry) => entry[1] !== null);
  const query = new URLSearchParams([
    ...(given as [string, string][]),
    ...new URLSearchParams(raw),
  ]);
  return readAuthorizationRequest(CLIENTS, query, ISSUER, NOW);
}

function refusalOf(...asked: Parameters<typeof read>): AuthorizationRefusal {
  const answer = read(...asked);
  if (answer.ok) throw new Error("was taken");
  return answer.failure;
}

/** What the client is told at its redirect URI. */
function toldIn(...asked: Parameters<typeof read>): Readonly<Record<string, string>> {
  const refusal = refusalOf(...asked);
  if (refusal.kind !== "redirected") throw new Error(`shown: ${refusal.parameter}`);
  const url = new URL(refusal.location);
  expect(`${url.origin}${url.pathname}`).toBe(REDIRECT);
  return Object.fromEntries(url.searchParams);
}

describe("an authorization request", () => {
  test("an authorization request is read with what the client may be granted", () => {
    const more = { login_hint: "98765 00001", ui_locales: "hi-IN en" };
    expect(read({ ...more, scope: "phone openid x:y profile", nonce: "n-1" })).toEqual({
      ok: true,
      value: {
        client: CLIENTS[0],
        redirectUri: REDIRECT,
        redirectKind: "https",
        state: "s-1",
        scope: ["openid", "phone", "offline_access"],
        codeChallenge: CHALLENGE,
        nonce: "n-1",
        since: null,
        wantsConsent: false,
        isSilent: false,
        loginHint: "98765 00001",
        idTokenHint: null,
        uiLocales: ["hi-IN", "en"],
      },
    });
  });

  test("an authorization request needs no state and no scope, and takes what it does not know", () => {
    const answer = read({ state: null, display: "popup", x: "" });
    expect(answer).toMatchObject({ ok: true, value: { state: null, nonce: null } });
  });

  test.each([
    [{ prompt: "login" }, NOW, false],
    [{ max_age: "0" }, NOW, false],
    [{ max_age: "60" }, NOW - 60_000, false],
    [{ max_age: "60", prompt: "login" }, NOW, false],
    [{ prompt: "select_account" }, NOW, false],
    [{ prompt: "consent login" }, NOW, false],
    [{ prompt: "consent" }, null, false],
    [{ prompt: "none", max_age: "60" }, NOW - 60_000, true],
  ])("an authorization request says how old a login may be: %j", (more, since, isSilent) => {
    expect(read(more)).toMatchObject({ ok: true, value: { since, isSilent } });
  });

  test("an authorization request asks for consent by its prompt alone", () => {
    expect(read({ prompt: "consent" })).toMatchObject({ value: { wantsConsent: true } });
    expect(read({ prompt: "login consent" })).toMatchObject({ value: { wantsConsent: true } });
    expect(read({ prompt: "login" })).toMatchObject({ value: { wantsConsent: false } });
  });

  test("a login is new enough to the millisecond", () => {
    expect(isNewEnough({ since: NOW }, { authenticatedAt: NOW })).toBe(true);
    expect(isNewEnough({ since: NOW }, { authenticatedAt: NOW - 1 })).toBe(false);
    expect(isNewEnough({ since: null }, { authenticatedAt: 0 })).toBe(true);
  });
});

describe("what is wrong with the client or its address is shown, and never redirected:", () => {
  test.each([
    ["no client", { client_id: null }, "", "client_id"],
    ["an empty one", { client_id: "" }, "", "client_id"],
    ["an unknown one", { client_id: "Shop" }, "", "client_id"],
    ["two clients", {}, "client_id=shop", "client_id"],
    ["no address", { redirect_uri: null }, "", "redirect_uri"],
    ["another address", { redirect_uri: "https://shop.example.evil.com/cb" }, "", "redirect_uri"],
    ["two addresses", {}, `redirect_uri=${encodeURIComponent(REDIRECT)}`, "redirect_uri"],
    ["two, the first good", {}, "redirect_uri=https://evil.com", "redirect_uri"],
  ])("a fault of client or address is shown and not redirected: %s", (_, more, raw, parameter) => {
    expect(refusalOf(more, raw)).toMatchObject({ kind: "shown", parameter });
  });

  test("a fault of client or address is shown before anything else is looked at", () => {
    const refusal = refusalOf({ client_id: "x", response_type: "token", state: "x".repeat(9999) });
    expect(refusal.kind).toBe("shown");
  });
});

describe("what else is wrong is told at the redirect URI, with state and issuer:", () => {
  test.each([
    ["two prompts", { prompt: "none login" }, "invalid_request"],
    ["none beside another", { prompt: "consent none" }, "invalid_request"],
    ["a prompt that the page does not have", { prompt: "create" }, "invalid_request"],
    ["a prompt that the page has, and another", { prompt: "login create" }, "invalid_request"],
    ["an age that is no number", { max_age: "-1" }, "invalid_request"],
    ["a nonce that cannot be kept", { nonce: "x".repeat(901) }, "invalid_request"],
    ["no response_type", { response_type: null }, "invalid_request"],
    ["the implicit one", { response_type: "token" }, "unsupported_response_type"],
    ["a hybrid one", { response_type: "code id_token" }, "unsupported_response_type"],
    ["no challenge", { code_challenge: null }, "invalid_request"],
    [
      "a challenge without its method, which means plain",
      { code_challenge_method: null },
      "invalid_request",
    ],
    ["plain", { code_challenge_method: "plain" }, "invalid_request"],
    ["another spelling of the method", { code_challenge_method: "s256" }, "invalid_request"],
    [
      "no challenge and no method",
      { code_challenge: null, code_challenge_method: null },
      "invalid_request",
    ],
    ["a short challenge", { code_challenge: CHALLENGE.slice(1) }, "invalid_request"],
    ["a padded challenge", { code_challenge: `${CHALLENGE}=` }, "invalid_request"],
    [
      "a challenge in other letters",
      { code_challenge: CHALLENGE.replace("-", "+") },
      "invalid_request",
    ],
    ["a fragment's response_mode", { response_mode: "fragment" }, "invalid_request"],
    ["a form's response_mode", { response_mode: "form_post" }, "invalid_request"],
    ["a request object", { request: "x.y.z" }, "request_not_supported"],
    [
      "an address of a request object",
      { request_uri: "https://evil.com" },
      "request_uri_not_supported",
    ],
    ["a scope that is none", { scope: 'a"b' }, "invalid_scope"],
  ])("a fault in the request: %s, is sent to the redirect URI", (_, more, error) => {
    const [parameter] = Object.keys(more);
    const error_description = expect.stringMatching(RegExp(`^${parameter}(_method)?$`));
    expect(toldIn(more)).toEqual({ error, error_description, state: "s-1", iss: ISSUER });
  });

  test("a nonce and a state that the page cannot keep together are told", () => {
    const [state, nonce] = ["x".repeat(500), "y".repeat(500)];
    expect(toldIn({ state, nonce })).toMatchObject({ error: "invalid_request", state });
  });

  test.each(["response_type=code", "code_challenge_method=plain", "scope=a&scope=b", "x=1&x=1"])(
    "a parameter that stands twice: %s",
    (raw) => {
      expect(toldIn({}, raw)).toEqual({ ...TWICE, state: "s-1", iss: ISSUER });
    },
  );

  test("two states, of which neither is given back", () => {
    expect(toldIn({}, "state=s-2")).toEqual({ ...TWICE, iss: ISSUER });
  });

  test.each(["x".repeat(901), '"'.repeat(451), "a\r\nb", "ä"])(
    "a state that cannot be given back",
    (state) => {
      const error_description = "state";
      expect(toldIn({ state })).toEqual({
        error: "invalid_request",
        error_description,
        iss: ISSUER,
      });
    },
  );
});

describe("the answer", () => {
  const iss = ISSUER;

  test("the answer stands behind what the address has of a query, and leaves the rest as it is", () => {
    const to = (uri: string) => authorizationResponse(uri, { code: "c", state: null, iss });
    const added = "code=c&iss=https%3A%2F%2Fdoor.example";
    expect(to("https://a.example/cb")).toBe(`https://a.example/cb?${added}`);
    expect(to("https://a.example/cb?x=%20+y")).toBe(`https://a.example/cb?x=%20+y&${added}`);
    expect(to("https://a.example/cb?")).toBe(`https://a.example/cb?${added}`);
    expect(to("https://a.example/cb?x&")).toBe(`https://a.example/cb?x&${added}`);
    expect(to("https://a.example")).toBe(`https://a.example?${added}`);
    expect(to("com.a.b:/cb")).toBe(`com.a.b:/cb?${added}`);
  });

  test("the answer gives a state back letter by letter, and lets it add no parameter", () => {
    const state = "a&code=evil#x%20+ \"'<>";
    const { searchParams } = new URL(
      authorizationResponse("https://a.example/cb", { code: "c", state, iss }),
    );
    expect(searchParams.getAll("code")).toEqual(["c"]);
    expect(searchParams.get("state")).toBe(state);
  });
});
