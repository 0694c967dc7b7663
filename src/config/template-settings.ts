import { DEFAULT_TEMPLATES, type Locale } from "../core/otp/message.ts";
import { messageTemplate, warnOfTemplate } from "./parsers/template-parsers.ts";
import { optional, type Setting, type SettingTree, setting } from "./setting.ts";

/**
 * The whole text of the SMS in each language of the login page. Only English and Hindi have a
 * default: a carrier in India drops a text that is not registered, so a translation of ours would
 * leave a customer without a code.
 */
export const TEMPLATE_SETTINGS = {
  en: setting({
    ...text("en"),
    meaning:
      "Whole English text as registered with the carrier (docs/sms.md), with `{code}`, `{brand}`, `{minutes}` and `{origin_line}`; `\\n` is a line break; sent also in every language without a text of its own.",
    default: DEFAULT_TEMPLATES.en,
  }),
  hi: setting({ ...text("hi"), meaning: "The same text in Hindi.", default: DEFAULT_TEMPLATES.hi }),
  kn: registered("kn", "Kannada"),
  ta: registered("ta", "Tamil"),
  te: registered("te", "Telugu"),
  mr: registered("mr", "Marathi"),
  bn: registered("bn", "Bengali"),
  ml: registered("ml", "Malayalam"),
  gu: registered("gu", "Gujarati"),
  pa: registered("pa", "Punjabi"),
  or: registered("or", "Odia"),
} as const satisfies SettingTree & Readonly<Record<Locale, unknown>>;

function text(locale: Locale) {
  const name = `SMS_TEMPLATE_${locale.toUpperCase()}`;
  return { name, parse: messageTemplate, warn: warnOfTemplate };
}

function registered(locale: Locale, language: string): Setting<string | null> {
  const meaning = `The same text in ${language}; without it the English text is sent.`;
  return optional({ ...text(locale), meaning, default: null });
}
