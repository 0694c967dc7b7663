import { fail, ok } from "../../core/result.ts";
import type { Parser } from "../setting.ts";

const PLACEHOLDER = /\{([a-z_]+)\}/g;
const MESSAGE_PLACEHOLDERS = ["code", "brand", "minutes", "origin_line"] as const;
const EMAIL_PLACEHOLDERS = ["national", "customer_id", "user_id"] as const;
/** Twilio accepts 1,600 characters; the rest is for the values of the placeholders. */
const MAX_MESSAGE = 1000;

/** The local part that `core/linking/made-user.ts` accepts; another one would never be used. */
const LOCAL_PART = /^[A-Za-z0-9](?:[._+-]?[A-Za-z0-9]){0,63}$/;
const DOMAIN =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;
/** LEGACY 1: one users document with such an e-mail makes every list call answer 500. */
const RESERVED_DOMAIN = /\.(?:local|invalid|test|onion)$/;

/** The whole text of an SMS with its placeholders; the two characters `\n` are a line break. */
export const messageTemplate: Parser<string> = (text) => {
  const template = text.replaceAll("\\n", "\n");
  if (template.length > MAX_MESSAGE) return fail(`must be at most ${MAX_MESSAGE} characters`);
  if (!template.includes("{code}")) return fail("must contain {code}");
  return placeholdersAre(template, MESSAGE_PLACEHOLDERS)
    ? ok(template)
    : fail(`must use no braces except ${shown(MESSAGE_PLACEHOLDERS)}`);
};

/**
 * What phones need to help with the code. The notification's Copy button takes the first digits of
 * the text; without `@host #code` as the last line, phones do not fill in the code on the right page
 * only.
 */
export function warnOfTemplate(template: string): string | null {
  const faults = [
    ...(template.startsWith("{code}")
      ? []
      : ["does not begin with {code}: the notification of the message may not offer to copy it"]),
    ...(template.split("\n").at(-1) === "{origin_line}"
      ? []
      : ["does not end with {origin_line} on a line of its own: phones will not fill in the code"]),
  ];
  return faults.length === 0 ? null : faults.join(", and ");
}

/** An e-mail with a local part made of a person's ids (LINKING step 11). */
export const placeholderEmail: Parser<string> = (text) => {
  const [local = "", domain, ...more] = text.split("@");
  if (domain === undefined || more.length > 0) return fail("must contain exactly one @");
  if (/[{}]/.test(domain) || !DOMAIN.test(domain)) {
    return fail("must end in a lower-case domain name with a dot in it");
  }
  if (RESERVED_DOMAIN.test(domain)) {
    return fail("must not end in .local, .invalid, .test or .onion: the backend refuses these");
  }
  const filled = local.replace(PLACEHOLDER, "0");
  return filled !== local && placeholdersAre(local, EMAIL_PLACEHOLDERS) && LOCAL_PART.test(filled)
    ? ok(text)
    : fail(
        `must have at least one of ${shown(EMAIL_PLACEHOLDERS)} before the @, and no other braces`,
      );
};

function placeholdersAre(template: string, allowed: readonly string[]): boolean {
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name]) => name ?? "");
  const rest = template.replace(PLACEHOLDER, "");
  return names.every((name) => allowed.includes(name)) && !/[{}]/.test(rest);
}

const shown = (names: readonly string[]): string => names.map((name) => `{${name}}`).join(" ");
