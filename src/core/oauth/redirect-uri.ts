import { fail, ok, type Result } from "../result.ts";

/**
 * The receivers of a redirect. `https`: only the owner of the host. `loopback` and `private-use`: any
 * program of the device, because each can open a port or claim a scheme (RFC 8252 section 8.6).
 * `plain-http`: anyone on the network path; production refuses it.
 */
export type RedirectKind = "https" | "loopback" | "private-use" | "plain-http";

export interface RedirectUri {
  readonly kind: RedirectKind;
  /** Exactly as it was registered. */
  readonly uri: string;
}

const MAX_LENGTH = 512;
/** The characters of RFC 3986 without `#`: RFC 6749 section 3.1.2 forbids a fragment. */
const CHARACTERS = /^[A-Za-z0-9\-._~:/?[\]@!$&'()+,;=%]+$/;
/** A reverse domain name (RFC 8252 section 7.1); `javascript:` and `data:` have no dot. */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\//;
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::(\d{1,5}))?([/?].*)?$/;
/** Parameters that a response adds. A URI with one of them would give the client two. */
const RESPONSE_NAMES = ["code", "state", "iss", "error", "error_description", "error_uri"];

/**
 * A redirect URI of OAUTH_CLIENTS. A text that two parsers could read in two ways is refused: a user
 * name before the host, a wildcard, a spelling that a browser changes (upper case, `..`, a default
 * port).
 *
 * @returns the fault as the end of a sentence
 */
export function parseRedirectUri(text: string): Result<RedirectUri, string> {
  if (text.length > MAX_LENGTH) return fail(`must have at most ${MAX_LENGTH} characters`);
  if (text.includes("#")) return fail("must have no fragment");
  if (text.includes("*")) return fail("must have no wildcard");
  if (!CHARACTERS.test(text)) return fail("must be made of the characters of a URI");
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return fail("must be an absolute URI");
  if (url.username !== "" || url.password !== "" || isWithUserInfo(text)) {
    return fail("must have no user name");
  }
  if (url.href !== text && url.href !== `${text}/`) {
    return fail("must be spelled as a browser spells it: lower-case scheme and host, no `..`");
  }
  if (RESPONSE_NAMES.some((name) => url.searchParams.has(name))) {
    return fail("must have no parameter that the answer adds, such as code or state");
  }
  const kind = kindOf(text, url);
  return kind === null
    ? fail("must begin with https:, with http:, or with a scheme that has a dot, such as com.a.b:/")
    : ok({ kind, uri: text });
}

function kindOf(text: string, { protocol }: URL): RedirectKind | null {
  if (protocol === "https:") return "https";
  if (protocol === "http:") return LOOPBACK.test(text) ? "loopback" : "plain-http";
  return PRIVATE_USE.test(text) ? "private-use" : null;
}

/** Also true for `https://@host`: `URL` reads an empty user name there. */
const isWithUserInfo = (text: string): boolean => /^[^/?]*:\/\/[^/?]*@/.test(text);

/**
 * Whether the request's URI equals the registered one (RFC 9700 section 2.1: exact comparison). Only
 * the port of a loopback address is free: a native app learns it at run time (RFC 8252 section 7.3).
 */
export function matchesRedirect({ kind, uri }: RedirectUri, shown: string): boolean {
  if (kind !== "loopback") return uri === shown;
  const [registered, asked] = [LOOPBACK.exec(uri), LOOPBACK.exec(shown)];
  if (registered === null || asked === null) return false;
  const [, host, , rest = ""] = registered;
  const [, askedHost, port = "80", askedRest = ""] = asked;
  return host === askedHost && rest === askedRest && isPort(port);
}

const isPort = (text: string): boolean =>
  /^[1-9]/.test(text) && Number(text) <= 65_535 && Number(text) > 0;

/** Any program of the device could receive the code, so the customer must confirm. */
export const needsConfirmation = ({ kind }: Pick<RedirectUri, "kind">): boolean =>
  kind === "loopback" || kind === "private-use";

/**
 * The source for `form-action` of a Content-Security-Policy: an origin, or a private-use scheme with
 * its colon. Chromium checks it also for the redirect that follows a form.
 */
export function formActionOf(uri: string): string {
  const { origin, protocol } = new URL(uri);
  return protocol === "https:" || protocol === "http:" ? origin : protocol;
}
