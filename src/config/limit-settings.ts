import { parseBudget } from "../core/budget.ts";
import { type SettingTree, setting } from "./setting.ts";

/** What is limited besides the phone; `ports/limits.ts` says what each counts. */
export const LIMIT_SETTINGS = {
  "code-per-address": setting({
    name: "LIMIT_OTP_PER_ADDRESS",
    meaning: "Budget of code requests of one client address (IPv6: of one /64).",
    parse: parseBudget,
    default: "300/1h",
  }),
  "verify-per-address": setting({
    name: "LIMIT_VERIFY_PER_ADDRESS",
    meaning: "Budget of codes tried by one client address.",
    parse: parseBudget,
    default: "600/1h",
  }),
  "token-per-session": setting({
    name: "LIMIT_TOKEN_PER_SESSION",
    meaning: "Budget of refreshes of one session.",
    parse: parseBudget,
    default: "60/10m",
  }),
  "sends-per-service": setting({
    name: "LIMIT_SENDS_PER_SERVICE",
    meaning: "Budget of messages of the whole service; when it is spent, no code is sent.",
    parse: parseBudget,
    default: "60/1m,5000/1d",
  }),
  "failures-per-service": setting({
    name: "LIMIT_FAILURES_PER_SERVICE",
    meaning:
      "Budget of wrong codes of the whole service; when it is spent, only known devices get a code.",
    parse: parseBudget,
    default: "120/1m,2000/1d",
  }),
} as const satisfies SettingTree;
