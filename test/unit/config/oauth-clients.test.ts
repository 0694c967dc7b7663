import { describe, expect, it } from "vitest";
import { loadSettings } from "../../../src/config/load-settings.ts";
import { oauthClients } from "../../../src/config/oauth-clients.ts";

const CLIENT = {
  client_id: "shop",
  client_name: "The shop",
  redirect_uris: ["https://shop.example/cb"],
  token_endpoint_auth_method: "none",
};

const faultsOf = (...clients: readonly unknown[]): string => {
  const read = oauthClients(JSON.stringify(clients));
  return read.ok ? "" : read.failure;
};

describe("OAUTH_CLIENTS", () => {
  it("OAUTH_CLIENTS is read into clients, whose scope is all there is where it is not said", () => {
    const id_token_signed_response_alg = "ES256";
    const redirect_uris = ["com.example.app:/cb"];
    const app = {
      ...{ ...CLIENT, client_id: "app", redirect_uris, id_token_signed_response_alg },
      token_endpoint_auth_method: "client_secret_post",
      client_secret_sha256: "h".repeat(43),
      post_logout_redirect_uris: ["https://shop.example/bye"],
      sms_app_hash: "FA+9qCX9VSu",
    };
    expect(oauthClients(JSON.stringify([{ ...CLIENT, scope: "offline_access" }, app]))).toEqual({
      ok: true,
      value: [
        {
          clientId: "shop",
          name: "The shop",
          redirectUris: [{ kind: "https", uri: "https://shop.example/cb" }],
          scope: ["offline_access"],
          idTokenAlg: "RS256",
          authMethod: "none",
          secretHash: null,
          postLogoutRedirectUris: [],
          smsAppHash: null,
        },
        {
          clientId: "app",
          name: "The shop",
          redirectUris: [{ kind: "private-use", uri: "com.example.app:/cb" }],
          scope: ["openid", "profile", "phone", "offline_access"],
          idTokenAlg: "ES256",
          authMethod: "client_secret_post",
          secretHash: "h".repeat(43),
          postLogoutRedirectUris: [{ kind: "https", uri: "https://shop.example/bye" }],
          smsAppHash: "FA+9qCX9VSu",
        },
      ],
    });
  });

  it.each(["", "{}", "shop", '[{"client_id":', "null"])(
    "OAUTH_CLIENTS must be an array of JSON: %j",
    (text) => {
      expect(oauthClients(text)).toEqual({ ok: false, failure: "must be a JSON array of clients" });
    },
  );

  it.each(["", "x", "h".repeat(42), "h".repeat(44), `${"h".repeat(42)}=`, 7, null])(
    "OAUTH_CLIENTS takes no secret and no short text for a hash: %j",
    (client_secret_sha256) => {
      const token_endpoint_auth_method = "client_secret_basic";
      const client = { ...CLIENT, token_endpoint_auth_method, client_secret_sha256 };
      expect(faultsOf(client)).toContain("client shop: client_secret_sha256 must be the 43");
    },
  );

  it.each([
    "",
    "FA+9qCX9VS",
    "FA+9qCX9VSu=",
    "FA-9qCX9VSu",
    "FA+9 CX9VSu",
    "FA+9qCX9\nSu",
    7,
    null,
  ])(
    "OAUTH_CLIENTS takes no other text for an app's hash, and names the client: %j",
    (sms_app_hash) => {
      expect(faultsOf({ ...CLIENT, sms_app_hash })).toContain(
        "client shop: sms_app_hash must have 11 letters, digits and the characters + /",
      );
    },
  );

  it("OAUTH_CLIENTS has no two clients with one secret", () => {
    const secret = {
      token_endpoint_auth_method: "client_secret_basic",
      client_secret_sha256: "h".repeat(43),
    };
    const other = { ...CLIENT, ...secret, client_id: "other" };
    expect(faultsOf({ ...CLIENT, ...secret }, other)).toContain("two clients have one client_sec");
  });

  it.each([
    ["client_id", "", "client 1 of the array: client_id must have 1 to 64"],
    ["client_id", "a b", "client 1 of the array: client_id must have 1 to 64"],
    ["client_id", 7, "client 1 of the array: client_id must have 1 to 64"],
    ["client_id", "doorstep", "client 1 of the array: client_id must not be one of the gateway's"],
    ["client_id", "compat", "client 1 of the array: client_id must not be one of the gateway's"],
    ["client_id", "doorstep-login", "client_id must not be one of the gateway's own"],
    ["client_name", undefined, "client shop: client_name must be one line"],
    ["client_name", "", "client shop: client_name must be one line"],
    ["client_name", "a\nb", "client shop: client_name must be one line"],
    ["client_name", "bank \u202e pohs", "client shop: client_name must be one line"],
    ["client_name", "x".repeat(61), "client shop: client_name must be one line"],
    ["redirect_uris", undefined, "client shop: redirect_uris must be an array of 1 to 20 URIs"],
    ["redirect_uris", [], "client shop: redirect_uris must be an array of 1 to 20 URIs"],
    ["redirect_uris", "https://a.example", "client shop: redirect_uris must be an array"],
    ["redirect_uris", [7], "client shop: redirect_uris must be a text (entry 1 of 1)"],
    ["redirect_uris", ["https://a.example/", "https://a.example/"], "holds one URI twice"],
    [
      "redirect_uris",
      ["https://a.example/cb", "https://*.example/cb"],
      "client shop: redirect_uris must have no wildcard (entry 2 of 2)",
    ],
    ["token_endpoint_auth_method", undefined, "token_endpoint_auth_method must be one of: none"],
    [
      "token_endpoint_auth_method",
      "client_secret_basic",
      'client shop: client_secret_sha256 must be the 43 characters that "doorstep keys client"',
    ],
    ["token_endpoint_auth_method", "private_key_jwt", "token_endpoint_auth_method must be one of"],
    ["client_secret_sha256", "h".repeat(43), "client_secret_sha256 must be absent"],
    ["post_logout_redirect_uris", ["https://a.example/#x"], "post_logout_redirect_uris must"],
    ["scope", "email", "client shop: scope must be made of: openid profile phone offline_access"],
    ["scope", "", "client shop: scope must be made of: openid profile phone offline_access"],
    [
      "id_token_signed_response_alg",
      "HS256",
      "client shop: id_token_signed_response_alg must be one of: RS256, ES256",
    ],
    ["id_token_signed_response_alg", null, "id_token_signed_response_alg must be one of"],
    ["client_secret", "x", "client shop: only client_id, client_name, redirect_uris, token_"],
  ])("OAUTH_CLIENTS names the client and the member: %s %j", (member, value, reason) => {
    expect(faultsOf({ ...CLIENT, [member]: value })).toContain(reason);
  });

  it("OAUTH_CLIENTS tells every fault at once, and repeats no value that may be none of ours to show", () => {
    const secret = "https://user:hunter2@shop.example/cb";
    const faults = faultsOf({ ...CLIENT, scope: "x", redirect_uris: [secret] }, "hunter2", {
      ...CLIENT,
      client_name: "hunter2\n",
    });
    expect(faults).toContain("client shop: redirect_uris must have no user name");
    expect(faults).toContain("client shop: scope must be made of");
    expect(faults).toContain("client 2 of the array must be an object");
    expect(faults).toContain("two clients have one client_id");
    expect(faults).not.toContain("hunter2");
  });
});

describe("a plain-http redirect URI", () => {
  const problemsIn = (NODE_ENV: string, uri: string): readonly string[] => {
    const text = JSON.stringify([{ ...CLIENT, redirect_uris: [uri] }]);
    const loaded = loadSettings({ NODE_ENV, OAUTH_CLIENTS: text });
    return loaded.ok
      ? []
      : loaded.failure
          .filter(({ setting }) => setting === "OAUTH_CLIENTS")
          .map(({ reason }) => reason);
  };

  it.each(["http://shop.example/cb", "http://localhost:3000/cb", "http://127.0.0.2/cb"])(
    "a plain-http redirect URI stops the start in production alone: %s",
    (uri) => {
      expect(problemsIn("development", uri)).toEqual([]);
      expect(problemsIn("production", uri)).toEqual([expect.stringMatching(/in the clear: shop$/)]);
    },
  );

  it.each(["https://shop.example/cb", "http://127.0.0.1/cb", "http://[::1]/cb", "com.a.b:/cb"])(
    "a plain-http redirect URI is none of these: %s",
    (uri) => {
      expect(problemsIn("production", uri)).toEqual([]);
    },
  );
});
