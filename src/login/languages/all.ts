import type { PageLanguage } from "../../core/login-page.ts";
import type { Language } from "../sentences.ts";
import { bn } from "./bn.ts";
import { en } from "./en.ts";
import { gu } from "./gu.ts";
import { hi } from "./hi.ts";
import { kn } from "./kn.ts";
import { ml } from "./ml.ts";
import { mr } from "./mr.ts";
import { or } from "./or.ts";
import { pa } from "./pa.ts";
import { ta } from "./ta.ts";
import { te } from "./te.ts";

/** Every language of the page. To add one: a file beside this one, and its tag in core/login-page.ts. */
export const LANGUAGES: Readonly<Record<PageLanguage, Language>> = {
  en,
  hi,
  kn,
  ta,
  te,
  mr,
  bn,
  ml,
  gu,
  pa,
  or,
};
