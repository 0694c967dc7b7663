import { equalBytes, utf8 } from "../../core/bytes.ts";

export interface TwilioAccount {
  readonly accountSid: string;
  readonly authToken: string;
}

/** Whether a callback is Twilio's own, and about our account. */
export async function isOfOurAccount(
  { accountSid, authToken }: TwilioAccount,
  url: string,
  form: URLSearchParams,
  signature: string | null,
): Promise<boolean> {
  if (signature === null || !(await isSignedByTwilio(authToken, url, form, signature)))
    return false;
  return only(form, "AccountSid") === accountSid;
}

/** The value of a parameter that occurs exactly once. */
export function only(form: URLSearchParams, name: string): string | null {
  const [value, ...more] = form.getAll(name);
  return value === undefined || more.length > 0 ? null : value;
}

/**
 * Whether Twilio signed this form for this URL: HMAC-SHA1 under the auth token over the URL and the
 * parameters, sorted by name, names and values joined without separators
 * (https://www.twilio.com/docs/usage/webhooks/webhooks-security). Some of Twilio's servers sign the
 * URL with the standard port and some without, under any configuration: both are accepted.
 */
export async function isSignedByTwilio(
  authToken: string,
  url: string,
  form: URLSearchParams,
  signature: string,
): Promise<boolean> {
  const key = await hmacKey(authToken);
  const parameters = joined(form);
  const shown = utf8(signature);
  let matches = false;
  for (const address of spellings(url)) {
    const mac = await crypto.subtle.sign("HMAC", key, utf8(address + parameters));
    // No early end: the time must not reveal which of the two matched.
    matches = equalBytes(shown, utf8(toBase64(new Uint8Array(mac)))) || matches;
  }
  return matches;
}

function hmacKey(authToken: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  return crypto.subtle.importKey("raw", utf8(authToken), algorithm, false, ["sign"]);
}

/** A repeated parameter counts with each of its different values, sorted. */
function joined(form: URLSearchParams): string {
  return [...new Set(form.keys())]
    .sort()
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join("");
}

const ADDRESS = /^(https?:\/\/)((?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:@]*))(?::\d*)?(.*)$/is;

/** The URL without a port, and with its given or the standard port. */
function spellings(url: string): readonly string[] {
  const match = ADDRESS.exec(url);
  if (match === null) return [];
  const [, scheme = "", host = "", rest = ""] = match;
  const bare = `${scheme}${host}${rest}`;
  if (bare !== url) return [bare, url];
  return [bare, `${scheme}${host}:${scheme.toLowerCase() === "https://" ? 443 : 80}${rest}`];
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
