import type { Phone } from "../ids.ts";

export type Channel = "sms" | "whatsapp" | "call";
export const CHANNELS = ["sms", "whatsapp", "call"] as const satisfies readonly Channel[];

export type Locale = "en" | "hi";
export const LOCALES = ["en", "hi"] as const satisfies readonly Locale[];

/**
 * The whole text as registered with the carrier (India's DLT). Registered texts differ between
 * accounts, so SMS_TEMPLATE_EN and SMS_TEMPLATE_HI replace these defaults.
 */
export const DEFAULT_TEMPLATES: Readonly<Record<Locale, string>> = {
  en: "{code} is your {brand} login code. It expires in {minutes} minutes. Do not share it with anyone.\n\n{origin_line}",
  hi: "{code} आपका {brand} लॉगिन कोड है। यह {minutes} मिनट में समाप्त हो जाएगा। इसे किसी को न बताएं।\n\n{origin_line}",
};

export interface MessageRules {
  readonly templates: Readonly<Record<Locale, string>>;
  readonly brand: string;
  /** Host of the page that takes the code, for the origin-bound last line. */
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
 */
export function composeText(
  locale: Locale,
  code: string,
  ttlSeconds: number,
  rules: MessageRules,
): string {
  const values: Readonly<Record<string, string>> = {
    code,
    brand: rules.brand,
    minutes: String(Math.floor(ttlSeconds / 60)),
    origin_line: `@${rules.domain} #${code}`,
  };
  return rules.templates[locale].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/**
 * The best built-in locale for the request's own wish, then for its `Accept-Language` header (RFC
 * 9110 section 12.5.4).
 */
export function localeFrom(asked: string | undefined, acceptLanguage?: string): Locale {
  return bestOf(asked) ?? bestOf(acceptLanguage) ?? "en";
}

function bestOf(languages: string | undefined): Locale | undefined {
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
  const known = ranked.map(({ language }) => LOCALES.find((locale) => locale === language));
  return known.find((locale) => locale !== undefined);
}
