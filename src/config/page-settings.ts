import { contrastOf } from "../core/contrast.ts";
import { PAGE_LANGUAGES } from "../core/login-page.ts";
import { fail, ok } from "../core/result.ts";
import { list } from "../core/text-list.ts";
import { line, oneOf } from "./parsers/parsers.ts";
import { optional, type Parser, type SettingTree, setting } from "./setting.ts";

/** WCAG 2.2, 1.4.3: letters of ordinary size. */
const LEAST_CONTRAST = 4.5;

/** A colour on which white letters are readable. */
const buttonColor: Parser<string> = (text) => {
  if (!/^#[0-9a-f]{6}$/i.test(text)) return fail("must be a colour such as #0b6b3a");
  return contrastOf(text, "#ffffff") >= LEAST_CONTRAST
    ? ok(text.toLowerCase())
    : fail("is too light: white letters on it would be hard to read (contrast below 4.5)");
};

/** Whole URLs only: the page shows them to customers, and the origin of one enters its CSP. */
const httpsUrl: Parser<URL> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = /^https:\/\/[a-z0-9.-]+(:\d+)?(\/[\w.~!$&()*+,;=:@%/?-]*)?$/i.test(text);
  return url !== null && isPlain && text.length <= 500
    ? ok(url)
    : fail("must be an https URL without user name and fragment");
};

/** A link of the page, as text. */
const linkUrl: Parser<string> = (text) => {
  const url = httpsUrl(text);
  return url.ok ? ok(url.value.href) : url;
};

/** The look and the texts of the login page. */
export const PAGE_SETTINGS = {
  brandName: setting({
    name: "BRAND_NAME",
    meaning: "Name of the business on the login page.",
    parse: line(1, 40),
    default: "EarlyBird",
  }),
  brandColor: setting({
    name: "BRAND_COLOR",
    meaning:
      "Colour of the login page's filled button as `#rrggbb`; white letters on it must have a contrast of 4.5 or more (WCAG 2.2).",
    parse: buttonColor,
    default: "#0b6b3a",
  }),
  logoUrl: optional({
    name: "BRAND_LOGO_URL",
    meaning:
      "Image shown in place of the name, 32 pixels high; its origin alone may serve images to the login page.",
    parse: httpsUrl,
    default: null,
  }),
  smsSender: optional({
    name: "SMS_SENDER",
    meaning:
      "Sender that customers see on the SMS, such as `VM-EARLYB`, for the login page; without it the page names `BRAND_NAME`.",
    parse: line(1, 20),
    default: null,
  }),
  privacyUrl: optional({
    name: "PRIVACY_URL",
    meaning: "Privacy notice that the login page links to.",
    parse: linkUrl,
    default: null,
  }),
  termsUrl: optional({
    name: "TERMS_URL",
    meaning: "Terms that the login page links to.",
    parse: linkUrl,
    default: null,
  }),
  languages: setting({
    name: "LOGIN_LANGUAGES",
    meaning:
      "Languages that the login page offers, of which the first is for browsers that ask for none of them; no native speaker has read the translations yet, and in development `/dev/languages` shows each sentence beside the English one.",
    parse: list(oneOf(...PAGE_LANGUAGES), PAGE_LANGUAGES.length),
    default: PAGE_LANGUAGES.join(","),
  }),
} as const satisfies SettingTree;
