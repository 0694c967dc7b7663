import { type Budget, parseBudget } from "../core/budget.ts";
import { type SettingTree, setting } from "./setting.ts";

/** The limits besides those of the phone; `ports/limits.ts` names what each counts. */
export const LIMIT_SETTINGS = {
  "code-per-address": setting({
    name: "LIMIT_OTP_PER_ADDRESS",
    meaning: "Budget of code requests from one client address (IPv6: from one /64).",
    parse: parseBudget,
    default: "300/1h",
  }),
  "verify-per-address": setting({
    name: "LIMIT_VERIFY_PER_ADDRESS",
    meaning: "Budget of codes tried from one client address.",
    parse: parseBudget,
    default: "600/1h",
  }),
  "token-per-session": setting({
    name: "LIMIT_TOKEN_PER_SESSION",
    meaning: "Budget of refreshes of one session.",
    parse: parseBudget,
    default: "60/10m",
  }),
  "secret-per-address": setting({
    name: "LIMIT_SECRET_PER_ADDRESS",
    meaning: "Budget of wrong secrets of one client of OAUTH_CLIENTS from one client address.",
    parse: parseBudget,
    default: "20/10m",
  }),
  "secret-per-client": setting({
    name: "LIMIT_SECRET_PER_CLIENT",
    meaning:
      "Budget of wrong secrets of one client of OAUTH_CLIENTS from all addresses: past it they are 429 and no longer audited, and the right secret works as before.",
    parse: parseBudget,
    default: "200/10m",
  }),
} as const satisfies SettingTree;

const DAY_MS = 24 * 3_600_000;
/** Fifty times the default. An attack of a week would log in by luck once. */
const MANY_TRIES_A_DAY = 100_000;

/** A ceiling without a window of a day or more, `120/1m` alone, is no bound on guessing. */
function warnOfGuessing(budget: Budget): string | null {
  const mostADay = budget.map(({ limit, windowMs }) => limit * Math.max(1, DAY_MS / windowMs));
  const most = Math.min(...mostADay);
  return most <= MANY_TRIES_A_DAY
    ? null
    : `lets strangers try ${Math.floor(most)} codes a day, of a million there are: add a limit a day`;
}

/** The ceilings of the whole service; `core/ceilings.ts` says who waits when one fills. */
export const CEILING_SETTINGS = {
  requests: setting({
    name: "LIMIT_SENDS_PER_SERVICE",
    meaning:
      "Ceiling of codes that strangers request from the whole service: from half of it on, the sources that filled it wait; at the ceiling all wait, except known devices and networks from which a phone was proven in the last 30 days.",
    parse: parseBudget,
    default: "60/1m,5000/1d",
  }),
  tries: setting({
    name: "LIMIT_FAILURES_PER_SERVICE",
    meaning:
      "Ceiling of wrong codes that strangers try in the whole service, with the same order of waiting; past the ceiling their codes are not compared.",
    parse: parseBudget,
    warn: warnOfGuessing,
    default: "120/1m,2000/1d",
  }),
} as const satisfies SettingTree;
