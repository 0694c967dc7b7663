import { clearedCookie, cookieFor, cookieIn } from "./cookies.ts";
import type { PageSite } from "./page-call.ts";

const NAME = "choice";

type Place = Pick<PageSite, "publicUrl">;

/**
 * The choice among the customers of one phone, for the old web app on the gateway's own origin,
 * which cannot ask. `SameSite=Strict`: no other site's page makes the browser send it.
 */
export const keptChoice = (
  site: Place,
  choice: string | null,
  maxAge: number,
): readonly string[] =>
  choice === null ? [] : [cookieFor(site, NAME, choice, { maxAge, sameSite: "Strict" })];

export const choiceIn = (site: Place, cookies: string | undefined): string | undefined =>
  cookieIn(site, cookies, NAME);

/** After a log-out the next login asks again. */
export const forgottenChoice = (site: Place): string => clearedCookie(site, NAME);
