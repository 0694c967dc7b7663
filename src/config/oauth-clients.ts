import { isJsonObject, type JsonObject, parsedJson } from "../core/json.ts";
import {
  AUTH_METHODS,
  type AuthMethod,
  ID_TOKEN_ALGORITHMS,
  type IdTokenAlgorithm,
  type OAuthClient,
  SCOPES,
} from "../core/oauth/client.ts";
import { parseRedirectUri, type RedirectUri } from "../core/oauth/redirect-uri.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { COMPAT_CLIENT, DIRECT_CLIENT, PAGE_CLIENT } from "../core/sessions/user-record.ts";
import { isDistinct } from "../core/text-list.ts";
import type { Parser } from "./setting.ts";

const MAX_CLIENTS = 100;
const MAX_REDIRECTS = 20;
/** The gateway's own clients. A client of the same name could use their refresh tokens. */
const RESERVED: readonly string[] = [DIRECT_CLIENT, COMPAT_CLIENT, PAGE_CLIENT];
const MEMBERS: readonly string[] = [
  "client_id",
  "client_name",
  "redirect_uris",
  "token_endpoint_auth_method",
  "scope",
  "id_token_signed_response_alg",
  "client_secret_sha256",
  "post_logout_redirect_uris",
  "sms_app_hash",
];

/** A fault of one member: the end of a sentence that begins with the member's name. */
type Read<T> = (value: unknown) => Result<T, string>;

/**
 * OAUTH_CLIENTS: a JSON array of clients in the names of RFC 7591. Each fault names the client and
 * the member. An unknown member stops the start too: its author would believe that it works.
 */
export const oauthClients: Parser<readonly OAuthClient[]> = (text) => {
  const entries = parsedJson(text);
  if (!Array.isArray(entries)) return fail("must be a JSON array of clients");
  if (entries.length > MAX_CLIENTS) return fail(`must hold at most ${MAX_CLIENTS} clients`);
  const faults: string[] = [];
  const clients = entries.map((entry, index) => readClient(entry, nameOf(entry, index), faults));
  const ids = clients.map(({ clientId }) => clientId).filter((id) => id !== "");
  if (!isDistinct(ids)) faults.push("two clients have one client_id");
  const hashes = clients.flatMap(({ secretHash: hash }) => (hash === null ? [] : [hash]));
  if (!isDistinct(hashes)) faults.push("two clients have one client_secret_sha256");
  return faults.length === 0 ? ok(clients) : fail(`is wrong: ${faults.join("; ")}`);
};

/** The client's id where it is valid, else its place in the array. */
function nameOf(entry: unknown, index: number): string {
  const id = isJsonObject(entry) ? clientId(entry["client_id"]) : fail("");
  return id.ok ? `client ${id.value}` : `client ${index + 1} of the array`;
}

function readClient(entry: unknown, name: string, faults: string[]): OAuthClient {
  const members: JsonObject = isJsonObject(entry) ? entry : {};
  if (!isJsonObject(entry)) faults.push(`${name} must be an object`);
  const read = <T>(member: string, parse: Read<T>, otherwise: T): T => {
    const value = isJsonObject(entry) ? parse(members[member]) : ok(otherwise);
    if (value.ok) return value.value;
    faults.push(`${name}: ${member} ${value.failure}`);
    return otherwise;
  };
  if (Object.keys(members).some((member) => !MEMBERS.includes(member))) {
    faults.push(`${name}: only ${MEMBERS.join(", ")} are known`);
  }
  const method = read("token_endpoint_auth_method", authMethod, "none");
  return {
    clientId: read("client_id", clientId, ""),
    name: read("client_name", clientName, ""),
    redirectUris: read("redirect_uris", redirectUris, []),
    scope: read("scope", scope, []),
    idTokenAlg: read("id_token_signed_response_alg", idTokenAlg, "RS256"),
    authMethod: method,
    secretHash: read("client_secret_sha256", secretHash(method), null),
    postLogoutRedirectUris: read("post_logout_redirect_uris", postLogoutRedirectUris, []),
    smsAppHash: read("sms_app_hash", smsAppHash, null),
  };
}

const clientId: Read<string> = (value) => {
  if (typeof value !== "string" || !/^[A-Za-z0-9._~-]{1,64}$/.test(value)) {
    return fail("must have 1 to 64 letters, digits and the characters . _ ~ -");
  }
  return RESERVED.includes(value) ? fail("must not be one of the gateway's own") : ok(value);
};

/** The page shows the name, so control and direction marks must not rearrange it. */
const clientName: Read<string> = (value) =>
  typeof value === "string" && /^[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]{0,58}\S)?$/u.test(value)
    ? ok(value)
    : fail("must be one line of 1 to 60 characters");

const redirectUris: Read<readonly RedirectUri[]> = (value) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_REDIRECTS) {
    return fail(`must be an array of 1 to ${MAX_REDIRECTS} URIs`);
  }
  if (!isDistinct(value)) return fail("holds one URI twice");
  const parsed: RedirectUri[] = [];
  for (const [index, uri] of value.entries()) {
    const read = typeof uri === "string" ? parseRedirectUri(uri) : fail("must be a text");
    if (!read.ok) return fail(`${read.failure} (entry ${index + 1} of ${value.length})`);
    parsed.push(read.value);
  }
  return ok(parsed);
};

const postLogoutRedirectUris: Read<readonly RedirectUri[]> = (value) =>
  value === undefined ? ok([]) : redirectUris(value);

/** The first 11 characters of a SHA-256 in base64, as Google's tools print it. */
const smsAppHash: Read<string | null> = (value) => {
  if (value === undefined) return ok(null);
  return typeof value === "string" && /^[A-Za-z0-9+/]{11}$/.test(value)
    ? ok(value)
    : fail("must have 11 letters, digits and the characters + /");
};

/** Required: RFC 7591 section 2 reads an absent method as `client_secret_basic`. */
const authMethod: Read<AuthMethod> = (value) => {
  const method = AUTH_METHODS.find((name) => name === value);
  return method === undefined ? fail(`must be one of: ${AUTH_METHODS.join(", ")}`) : ok(method);
};

/**
 * A secret has 32 random bytes, so that one SHA-256 protects it. The secret itself in this member
 * would not have the form of a hash in base64url, unless it is exactly as long.
 */
const secretHash =
  (method: AuthMethod): Read<string | null> =>
  (value) => {
    if (method === "none") {
      return value === undefined ? ok(null) : fail("must be absent: the method is none");
    }
    return typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value)
      ? ok(value)
      : fail('must be the 43 characters that "doorstep keys client" prints');
  };

const scope: Read<readonly string[]> = (value) => {
  if (value === undefined) return ok(SCOPES);
  const names = typeof value === "string" ? value.split(" ") : [""];
  return names.every((name) => SCOPES.includes(name))
    ? ok(names)
    : fail(`must be made of: ${SCOPES.join(" ")}`);
};

/** RS256 where the member is absent (OpenID Connect Registration section 2). */
const idTokenAlg: Read<IdTokenAlgorithm> = (value = "RS256") => {
  const alg = ID_TOKEN_ALGORITHMS.find((name) => name === value);
  return alg === undefined ? fail(`must be one of: ${ID_TOKEN_ALGORITHMS.join(", ")}`) : ok(alg);
};

/** Whether a client has a redirect URI that crosses the network in the clear. */
export const hasPlainRedirect = (client: OAuthClient): boolean =>
  [...client.redirectUris, ...client.postLogoutRedirectUris].some(
    ({ kind }) => kind === "plain-http",
  );
