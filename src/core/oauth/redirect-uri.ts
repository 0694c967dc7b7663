import { fail, ok, type Result } from "../result.ts";

/**
 * Who can receive what is sent to a redirect URI. `https`: the owner of the host alone. `loopback`
 * and `private-use`: any program of the device, for each can open a port or claim a scheme
 * (RFC 8252 section 8.6). `plain-http`: whoever is on the way, so that development alone has it.
 */
export type RedirectKind = "https" | "loopback" | "private-use" | "plain-http";

export interface RedirectUri {
  readonly kind: RedirectKind;
  /** Letter by letter as it was registered. */
  readonly uri: string;
}

const MAX_LENGTH = 512;
/** Characters that RFC 3986 knows, without `#`: a fragment is refused (RFC 6749 section 3.1.2). */
const CHARACTERS = /^[A-Za-z0-9\-._~:/?[\]@!$&'()+,;=%]+$/;
/** A reverse domain name, so that no browser's own scheme is one (RFC 8252 section 7.1). */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\//;
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::(\d{1,5}))?([/?].*)?$/;
/** What an authorization response adds; a URI that has one already would give the client two. */
const RESPONSE_NAMES = ["code", "state", "iss", "error", "error_description", "error_uri"];

/**
 * A redirect URI of OAUTH_CLIENTS. Refused is what two readers could read in two ways: a user name
 * before the host, a wildcard, a spelling that a browser would mend (upper case, `..`, a default
 * port).
 *
 * @returns the end of a sentence where it is none
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

/** `https://@host` as well, which `URL` reads as no user name. */
const isWithUserInfo = (text: string): boolean => /^[^/?]*:\/\/[^/?]*@/.test(text);

/**
 * Whether the URI of a request is the registered one: letter by letter (RFC 9700 section 2.1), but
 * for the port of a loopback address, which a native app cannot know before (RFC 8252 section 7.3).
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

/** Any program of the device may receive the code: its owner must say that they began this. */
export const needsConfirmation = ({ kind }: Pick<RedirectUri, "kind">): boolean =>
  kind === "loopback" || kind === "private-use";

/**
 * What `form-action` of a Content-Security-Policy names, so that a browser follows the redirect
 * after a form was sent: an origin, or a private-use scheme with its colon.
 */
export function formActionOf(uri: string): string {
  const { origin, protocol } = new URL(uri);
  return protocol === "https:" || protocol === "http:" ? origin : protocol;
}
