import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Gateway } from "../../../src/flows/gateway.ts";
import { openPageSession, type PageLogin } from "../../../src/flows/login/open-page-session.ts";
import { verifyCode } from "../../../src/flows/login/verify-code.ts";
import { type PageSession, readPageSession } from "../../../src/flows/sessions/page-session.ts";
import { customer } from "../../cases-extra/people.ts";
import { type Answer, type Answering, call, challengeFor, send } from "./client.ts";
import { PUBLIC_URL, type TestGateway, type TestOptions, testGateway } from "./test-gateway.ts";

export const SHOP_REDIRECT = "https://shop.example/cb";
export const NATIVE_REDIRECT = "com.example.app:/cb";
export const SERVICE_REDIRECT = "https://service.example/cb";
export const LOOPBACK_REDIRECT = "http://127.0.0.1/cb";

/** The entry of a public client. */
export const publicEntry = (client_id: string, ...redirect_uris: readonly string[]) => ({
  client_id,
  client_name: `The ${client_id}`,
  redirect_uris,
  token_endpoint_auth_method: "none",
});

/** Settings with clients. */
export const OAUTH_ENV = {
  OAUTH_CLIENTS: JSON.stringify([
    {
      ...publicEntry("shop", SHOP_REDIRECT, "https://shop.example/cb?from=app"),
      post_logout_redirect_uris: ["https://shop.example/bye", "https://shop.example/bye?x=1"],
    },
    publicEntry("app", NATIVE_REDIRECT, LOOPBACK_REDIRECT),
    publicEntry("other", "https://other.example/cb"),
  ]),
};

export const OAUTH_PHONE = "9876500001";

/** An ES256 and an RS256 key, for tests alone: a new RSA key costs each file a third of a second. */
export const OAUTH_JWKS = readFileSync(join(import.meta.dirname, "oauth-keys.json"), "utf8");

/** A secret with every letter that a form changes. */
export const SECRET = "s:e+c%r t&1=ä";

type Entry = Readonly<Record<string, unknown>>;

/** A client with that secret. */
export const serviceClient = (more: Entry = {}): Entry => ({
  ...publicEntry("service", SERVICE_REDIRECT),
  token_endpoint_auth_method: "client_secret_basic",
  client_secret_sha256: createHash("sha256").update(SECRET).digest("base64url"),
  ...more,
});

/** Settings with more clients, or with others of the same names. */
export function withClients(...entries: readonly Entry[]): { readonly OAUTH_CLIENTS: string } {
  const ids = entries.map((entry) => entry["client_id"]);
  const usual = JSON.parse(OAUTH_ENV.OAUTH_CLIENTS) as readonly Entry[];
  const others = usual.filter((entry) => !ids.includes(entry["client_id"]));
  return { OAUTH_CLIENTS: JSON.stringify([...others, ...entries]) };
}

const formEncoded = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);

/** The header of RFC 6749 section 2.3.1. */
export const basicAuth = (id = "service", secret = SECRET) => ({
  authorization: `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`,
});

/** Sends a form as a client does. */
export const sendForm = (
  test: Answering,
  path: string,
  fields: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  send(test, path, { method: "POST", headers, body: new URLSearchParams(fields) });

/** A gateway with clients and one customer. */
export function oauthGateway(options: TestOptions = {}): Promise<TestGateway> {
  return testGateway({
    documents: { customers_v2: [customer("c-1", OAUTH_PHONE)] },
    ...options,
    env: {
      ...OAUTH_ENV,
      JWT_PRIVATE_JWKS: OAUTH_JWKS,
      OTP_SENDS_PER_PHONE: "1000/1h",
      ...options.env,
    },
  });
}

/** Logs a phone in at the login page, as its handlers do. */
export async function pageLogin(
  test: TestGateway,
  {
    phone = OAUTH_PHONE,
    browser = randomBytes(16).toString("base64url"),
    former = undefined as string | undefined,
    deviceToken = undefined as string | undefined,
  } = {},
): Promise<ReadLogin> {
  const more = deviceToken === undefined ? {} : { device_token: deviceToken };
  const shown = await challengeFor(test, phone, more);
  const login = await showOnPage(test, shown, browser, former);
  if (login === null) throw new Error("the login was refused");
  await test.runtime.settle();
  return login;
}

/** A login at the page, with its session as the page then reads it from the cookie. */
type ReadLogin = PageLogin & { readonly page: PageSession };

export async function pageOf(
  gateway: Gateway,
  { cookie }: { readonly cookie: string },
): Promise<PageSession> {
  const page = await readPageSession(gateway, cookie);
  if (page === null) throw new Error("the cookie opens no session");
  return page;
}

/** Shows a code at the login page. @returns null where it is refused */
export async function showOnPage(
  { gateway }: TestGateway,
  { challenge_id, code }: { readonly challenge_id: string; readonly code: string },
  browser: string,
  former?: string,
): Promise<ReadLogin | null> {
  const source = { address: "127.0.0.1", network: "127.0.0" };
  const start = openPageSession(browser, former);
  const shown = { code, source, userAgent: "a browser" };
  const login = await verifyCode(gateway, challenge_id, shown, start);
  if (login.ok && "selectionToken" in login.value) throw new Error("several customers");
  if (!login.ok || !("cookie" in login.value)) return null;
  return { ...login.value, page: await pageOf(gateway, login.value) };
}

/** The name that the test's PUBLIC_URL gives the login page's cookie. */
export const pageCookie = (value: string) => ({ cookie: `doorstep=${value}` });

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function pkce(verifier = randomBytes(32).toString("base64url")): Pkce {
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

type Parameters = Readonly<Record<string, string | undefined>>;

const given = (parameters: Parameters): [string, string][] =>
  Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);

/** A good request of the shop's, changed as `more` says; undefined leaves a parameter out. */
export const authorizeQuery = ({ challenge }: Pkce, more: Parameters = {}): URLSearchParams =>
  new URLSearchParams(
    given({
      client_id: "shop",
      redirect_uri: SHOP_REDIRECT,
      response_type: "code",
      state: "s-1",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...more,
    }),
  );

export const authorize = (
  test: Answering,
  query: URLSearchParams | string,
  cookie?: string,
): Promise<Answer> =>
  call(
    test,
    "GET",
    `/auth/authorize?${query}`,
    undefined,
    cookie === undefined ? {} : pageCookie(cookie),
  );

export const locationOf = ({ headers }: Answer): URL =>
  new URL(headers.get("location") ?? "", PUBLIC_URL);

/** The code that a signed-in customer's browser brings to the shop. */
export async function codeFor(
  test: Answering,
  cookie: string,
  proof: Pkce,
  more: Parameters = {},
): Promise<string> {
  const code = locationOf(await authorize(test, authorizeQuery(proof, more), cookie)).searchParams;
  const value = code.get("code");
  if (value === null) throw new Error(`no code: ${code.get("error")}`);
  return value;
}

/** The code grant, as the shop's form has it, changed as `more` says. */
export const exchange = (
  test: Answering,
  code: string,
  { verifier }: Pkce,
  more: Parameters = {},
): Promise<Answer> =>
  send(test, "/auth/token", {
    method: "POST",
    body: new URLSearchParams(
      given({
        grant_type: "authorization_code",
        code,
        code_verifier: verifier,
        client_id: "shop",
        redirect_uri: SHOP_REDIRECT,
        ...more,
      }),
    ),
  });

/** The audit's lines, oldest first. */
export const auditLines = ({ lines }: TestGateway): readonly Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "audit");

/** Staff stop the one customer. */
export function stopCustomer({ file }: TestGateway): void {
  file.sql.all("UPDATE customers_v2 SET doc = json_set(doc, '$.status', 'stopped')");
}
