import { cookieFor } from "./cookies.ts";
import type { PageCall, PageFailure, PageReply } from "./page-call.ts";
import { formToken } from "./same-site.ts";
import { addressOf, isStepId } from "./step-address.ts";
import { type Drawing, frame, type View } from "./views/frame.ts";
import { languageFor, type Words, wordsIn } from "./words.ts";

const LANGUAGE_COOKIE = "language";
const YEAR_SECONDS = 365 * 86_400;

/** The time zone of a wait that is shown as a time of day; outside India with its name. */
const ZONES: Readonly<Record<string, string>> = { IN: "Asia/Kolkata" };

/** The sentences in this customer's language. */
export function wordsFor({
  cookie,
  gateway,
  header,
  site,
}: Pick<PageCall, "cookie" | "header" | "site"> & {
  readonly gateway: { readonly rules: Pick<PageCall["gateway"]["rules"], "phone"> };
}): Words {
  const { brandName, languages, smsSender } = site.page;
  const language = languageFor(languages, cookie(LANGUAGE_COOKIE), header("accept-language"));
  const always = {
    brand: brandName,
    a_brand: `${/^[aeiou]/i.test(brandName) ? "an" : "a"} ${brandName}`,
    sender: smsSender ?? brandName,
    // A number stays on one line.
    support: (site.supportPhone ?? "").replaceAll(" ", "\u00a0"),
  };
  const region = gateway.rules.phone.defaultRegion;
  return wordsIn(language, always, { region, timeZone: ZONES[region] ?? "UTC" });
}

/** The page of a view. */
export async function shown(
  call: PageCall,
  view: (drawing: Drawing) => View,
  more: Partial<PageReply> = {},
): Promise<PageReply> {
  const { token, cookies } = formToken(call);
  const { gateway, query, site } = call;
  const drawing = {
    site,
    formToken: token,
    words: wordsFor(call),
    now: gateway.runtime.now(),
    isForgot: query.get("reason") === "forgot",
  };
  const html = await frame(drawing, view(drawing));
  return { status: 200, html, ...more, cookies: [...cookies, ...(more.cookies ?? [])] };
}

/** The next page has a URL of its own: a reload repeats nothing (POST, redirect, GET). */
export const goTo = (
  location: string,
  cookies: readonly string[] = [],
  failure?: PageFailure,
): PageReply => ({
  status: 303,
  location,
  cookies,
  ...(failure === undefined ? {} : { failure }),
});

/** After the choice of a language: the same page again, which remembers the choice. Else null. */
export function chosenLanguage({ query, site, step }: PageCall): PageReply | null {
  const asked = query.get("lang");
  const language = site.page.languages.find((offered) => offered === asked);
  if (language === undefined) return null;
  // An attacker can write any URL: only a step's id may get into the header of an answer.
  const address = isStepId(step) ? addressOf({ id: step }) : "/login";
  const kept = query.get("reason") === "forgot" ? "?reason=forgot" : "";
  return goTo(`${address}${kept}`, [languageCookie(site, language)]);
}

const languageCookie = (site: PageCall["site"], language: string): string =>
  cookieFor(site, LANGUAGE_COOKIE, language, { maxAge: YEAR_SECONDS, sameSite: "Lax" });

/** The language that an app asks for (`ui_locales`), unless the customer has chosen one. */
export function wantedLanguage({ cookie, header, query, site }: PageCall): readonly string[] {
  const asked = query.get("ui_locales")?.replaceAll(" ", ",");
  if (asked === undefined || cookie(LANGUAGE_COOKIE) !== undefined) return [];
  const ranked = `${asked},${header("accept-language") ?? ""}`;
  return [languageCookie(site, languageFor(site.page.languages, undefined, ranked))];
}
