import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  call,
  claimsOf,
  logIn,
  post,
  refresh,
  send,
} from "../../support/gateway/client.ts";
import { PUBLIC_URL, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectOauthError } from "../http/expect-problem.ts";

const gateway = await testGateway({
  env: { OTP_SENDS_PER_PHONE: "1000/1h" },
  documents: { customers_v2: [customer("c-1", "9876500001")] },
});
const AS: oauth.AuthorizationServer = (
  await call(gateway, "GET", "/.well-known/oauth-authorization-server")
).body;
const CLIENT: oauth.Client = { client_id: "doorstep" };

const newLogin = async () => (await logIn(gateway, "9876500001")).body;
const form = (body: string, type = "application/x-www-form-urlencoded"): Promise<Answer> =>
  send(gateway, "/auth/token", { method: "POST", body, headers: { "content-type": type } });

/** The refresh grant as oauth4webapi sends it and reads the answer. */
async function asOauthClient(refreshToken: string, client = CLIENT) {
  const response = await oauth.refreshTokenGrantRequest(AS, client, oauth.None(), refreshToken, {
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: async (url, init) =>
      gateway.app.request(new Request(url, init as RequestInit)),
  });
  return oauth.processRefreshTokenResponse(AS, client, response);
}

describe("the refresh grant for a client that knows only RFC 6749 and 8414", () => {
  test("the metadata names the token endpoint and the grant", () => {
    expect(AS).toMatchObject({
      issuer: PUBLIC_URL,
      token_endpoint: `${PUBLIC_URL}/auth/token`,
      grant_types_supported: ["refresh_token"],
    });
  });

  test("the refresh grant for a client that knows only RFC 6749 and 8414 gets a new pair", async () => {
    const { refresh_token, user } = await newLogin();
    const tokens = await asOauthClient(refresh_token);
    expect(tokens.token_type).toBe("bearer");
    expect(tokens.expires_in).toBe(900);
    expect(tokens.refresh_token).not.toBe(refresh_token);
    expect(claimsOf(tokens.access_token)).toMatchObject({ sub: user.id, client_id: "doorstep" });
  });

  test("the refresh grant for a client that knows only RFC 6749 and 8414 understands a refusal", async () => {
    const refused = asOauthClient("dsr_none.AAAA");
    await expect(refused).rejects.toMatchObject({
      name: "ResponseBodyError",
      status: 400,
      error: "invalid_grant",
    });
  });
});

describe("the refresh grant", () => {
  test("the refresh grant takes a form and JSON alike, and answers in the shape of a login", async () => {
    const first = await newLogin();
    const byForm = await refresh(gateway, first.refresh_token);
    expect(byForm.status).toBe(200);
    expect(byForm.headers.get("content-type")).toBe("application/json");
    expect(byForm.headers.get("cache-control")).toBe("no-store");
    const { refresh_token } = byForm.body;
    const grant = { grant_type: "refresh_token", refresh_token, client_id: "doorstep" };
    const byJson = await post(gateway, "/auth/token", grant);
    expect(byJson.status).toBe(200);
    const { device_token, first_login, ...tokens } = first;
    for (const { body } of [byForm, byJson]) {
      expect(Object.keys(body).sort()).toEqual(Object.keys(tokens).sort());
      expect(body).toMatchObject({ user: first.user, customer: first.customer });
    }
  });

  test("the refresh grant keeps who, how and since when, and makes a new jti", async () => {
    const login = await newLogin();
    gateway.clock.advance(60_000);
    const refreshed = (await refresh(gateway, login.refresh_token)).body;
    const [before, after] = [claimsOf(login.access_token), claimsOf(refreshed.access_token)];
    for (const claim of ["iss", "aud", "sub", "sid", "customer_v2_id", "role", "auth_time"]) {
      expect(after[claim], claim).toBe(before[claim]);
    }
    expect(after["amr"]).toEqual(["otp", "sms"]);
    expect(after["jti"]).not.toBe(before["jti"]);
    expect(after["iat"]).toBe((before["iat"] as number) + 60);
  });

  test("the refresh grant is refused to another client, and the session lives on", async () => {
    const { refresh_token } = await newLogin();
    const other = await refresh(gateway, refresh_token, { client_id: "shop" });
    expectOauthError(other, 400, "invalid_grant", "token-invalid");
    await expect(asOauthClient(refresh_token, { client_id: "shop" })).rejects.toMatchObject({
      error: "invalid_grant",
    });
    expect((await refresh(gateway, refresh_token)).status).toBe(200);
  });

  test("the refresh grant names what is wrong with the request itself", async () => {
    const cases = [
      ["", "invalid_request", "validation-failed"],
      ["grant_type=", "invalid_request", "validation-failed"],
      ["refresh_token=x", "invalid_request", "validation-failed"],
      ["grant_type=refresh_token", "invalid_request", "validation-failed"],
      ["grant_type=refresh_token&refresh_token=", "invalid_request", "validation-failed"],
      ["grant_type=password&username=a&password=b", "unsupported_grant_type", "validation-failed"],
      ["grant_type=authorization_code&code=x", "invalid_request", "validation-failed"],
      [
        "grant_type=authorization_code&code=x&client_id=shop",
        "invalid_client",
        "validation-failed",
      ],
      [
        "grant_type=refresh_token&grant_type=refresh_token&refresh_token=x",
        "invalid_request",
        "request-malformed",
      ],
      [
        "grant_type=refresh_token&refresh_token=x&refresh_token=y",
        "invalid_request",
        "request-malformed",
      ],
      [
        "grant_type=refresh_token&refresh_token=x&scope=&scope=",
        "invalid_request",
        "request-malformed",
      ],
      ["grant_type=refresh_token&refresh_token=x", "invalid_grant", "token-invalid"],
    ] as const;
    for (const [body, error, code] of cases) expectOauthError(await form(body), 400, error, code);
  });

  test("the refresh grant says the same in JSON", async () => {
    const cases = [
      [{}, "invalid_request", "validation-failed"],
      [[], "invalid_request", "validation-failed"],
      [{ grant_type: 1, refresh_token: "x" }, "invalid_request", "validation-failed"],
      [{ grant_type: "refresh_token", refresh_token: {} }, "invalid_request", "validation-failed"],
      [{ grant_type: "none" }, "unsupported_grant_type", "validation-failed"],
    ] as const;
    for (const [body, error, code] of cases) {
      expectOauthError(await post(gateway, "/auth/token", body), 400, error, code);
    }
    const broken = await form("{", "application/json");
    expectOauthError(broken, 400, "invalid_request", "request-malformed");
  });

  test("the refresh grant answers in the same form to what is wrong with the message", async () => {
    const text = "grant_type=refresh_token&refresh_token=x";
    const media = await form(text, "text/plain");
    expectOauthError(media, 415, "invalid_request", "unsupported-media-type");
    const large = await form(`${text}&padding=${"x".repeat(1024 * 1024)}`);
    expectOauthError(large, 413, "invalid_request", "payload-too-large");
    const bytes = await send(gateway, "/auth/token", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Uint8Array.of(0x61, 0x3d, 0xff),
    });
    expectOauthError(bytes, 400, "invalid_request", "request-malformed");
  });
});
