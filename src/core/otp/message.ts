import { utf8 } from "../bytes.ts";
import type { Phone } from "../ids.ts";
import { PAGE_LANGUAGES, type PageLanguage } from "../login-page.ts";

export type Channel = "sms" | "whatsapp" | "call";
export const CHANNELS = ["sms", "whatsapp", "call"] as const satisfies readonly Channel[];

/** The languages of messages: those of the login page. */
export type Locale = PageLanguage;
export const LOCALES = PAGE_LANGUAGES;

/** The whole text in each language; null where the operator has registered none. */
export type Templates = Readonly<Record<Locale, string | null>> & { readonly en: string };

/**
 * The whole text as registered with the carrier (India's DLT). Registered texts differ between
 * accounts, so SMS_TEMPLATE_EN and SMS_TEMPLATE_HI replace these defaults. A carrier drops a text
 * that is not registered, so the other languages have no default.
 */
export const DEFAULT_TEMPLATES: Templates & { readonly hi: string } = {
  en: "{code} is your {brand} login code. It expires in {minutes} minutes. Do not share it with anyone.\n\n{origin_line}",
  hi: "{code} आपका {brand} लॉगिन कोड है। यह {minutes} मिनट में समाप्त हो जाएगा। इसे किसी को न बताएं।\n\n{origin_line}",
  kn: null,
  ta: null,
  te: null,
  mr: null,
  bn: null,
  ml: null,
  gu: null,
  pa: null,
  or: null,
};

export interface MessageRules {
  readonly templates: Templates;
  readonly brand: string;
  /** OTP_DOMAIN: the host of the last line where the request names no page of ours. */
  readonly domain: string;
}

/** One code on its way to one phone. */
export interface CodeMessage {
  readonly to: Phone;
  readonly channel: Channel;
  readonly locale: Locale;
  readonly code: string;
  /** Our own name for the code, where the provider needs one, as in a call; not the code itself. */
  readonly reference: string;
  /** The whole registered text with its placeholders filled. */
  readonly text: string;
}

/**
 * Fills a template. `{origin_line}` becomes `@host #code`, the origin-bound one-time code line
 * (WICG sms-one-time-codes) that lets a phone fill in the code on that host and no other.
 *
 * @param locale of an older setting it may have no template any more: then the text is English
 * @param host of the page that asked for the message; a value of the settings
 */
export function composeText(
  locale: Locale,
  code: string,
  ttlSeconds: number,
  { brand, domain, templates }: MessageRules,
  host: string = domain,
): string {
  const values: Readonly<Record<string, string>> = {
    code,
    brand,
    minutes: String(Math.floor(ttlSeconds / 60)),
    origin_line: host === "" ? "" : `@${host} #${code}`,
  };
  const template = templates[locale] ?? templates.en;
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Android's SMS Retriever reads a message of at most so many bytes. */
const RETRIEVER_BYTES = 140;

/**
 * The text for an app that reads it by Android's SMS Retriever: the app's hash is its last line. The
 * line `@host #code` stays above it while the whole is short enough, although phones look for that
 * line at the end only. It names OTP_DOMAIN: an app has no page.
 *
 * @param code of the usual length, or its placeholder: the length of `counted` decides
 * @returns null where the text is too long without that line as well
 */
export function composeAppText(
  locale: Locale,
  code: string,
  ttlSeconds: number,
  rules: MessageRules,
  appHash: string,
  counted: string = code,
): string | null {
  const ending = [rules.domain, ""].find((host) => {
    const text = withHash(composeText(locale, counted, ttlSeconds, rules, host), appHash);
    return utf8(text).length <= RETRIEVER_BYTES;
  });
  if (ending === undefined) return null;
  return withHash(composeText(locale, code, ttlSeconds, rules, ending), appHash);
}

const withHash = (text: string, appHash: string): string => `${text.trimEnd()}\n${appHash}`;

/**
 * The best language with a template for the request's own wish, then for its `Accept-Language`
 * header (RFC 9110 section 12.5.4), then English.
 */
export function localeFrom(
  templates: Templates,
  asked: string | undefined,
  acceptLanguage?: string,
): Locale {
  return bestOf(templates, asked) ?? bestOf(templates, acceptLanguage) ?? "en";
}

function bestOf(templates: Templates, languages: string | undefined): Locale | undefined {
  const ranked = (languages ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const quality = parameters.find((parameter) => parameter.trim().startsWith("q="));
      return {
        language: tag.split(/[-_]/)[0] ?? "",
        quality: quality ? Number(quality.trim().slice(2)) : 1,
      };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  const served = LOCALES.filter((locale) => templates[locale] !== null);
  const known = ranked.map(({ language }) => served.find((locale) => locale === language));
  return known.find((locale) => locale !== undefined);
}
