import type { Settings } from "./schema.ts";
import type { SettingProblem } from "./setting.ts";

/** The texts that were given, by setting name; what is not set is absent. */
export type GivenTexts = ReadonlyMap<string, string>;

/** What must hold between settings, or between a setting and what else was given. */
export interface Rule {
  /** The setting that a breach is reported under. */
  readonly setting: string;
  /** Every setting that `breach` reads from `settings`: it is asked only where all have values. */
  readonly reads: readonly string[];
  /** The end of a sentence that begins with the setting's name; null where the rule holds. */
  breach(settings: Settings, given: GivenTexts): string | null;
}

/** What a provider cannot send without. */
const SENDERS: readonly Rule[] = [
  { provider: "twilio", setting: "TWILIO_ACCOUNT_SID" },
  { provider: "twilio", setting: "TWILIO_AUTH_TOKEN" },
  { provider: "twilio-verify", setting: "TWILIO_ACCOUNT_SID" },
  { provider: "twilio-verify", setting: "TWILIO_AUTH_TOKEN" },
  { provider: "twilio-verify", setting: "TWILIO_VERIFY_SERVICE_SID" },
].map(({ provider, setting }) => ({
  setting,
  reads: ["SMS_PROVIDER"],
  breach: ({ smsProvider }, given) =>
    smsProvider === provider && !given.has(setting)
      ? `is required by SMS_PROVIDER=${provider}`
      : null,
}));

/** What must hold between two settings in any environment. */
export const SETTING_RULES: readonly Rule[] = [
  ...SENDERS,
  {
    setting: "TWILIO_MESSAGING_SERVICE_SID",
    reads: ["SMS_PROVIDER", "TWILIO_MESSAGING_SERVICE_SID", "TWILIO_FROM"],
    breach: ({ smsProvider, twilio }) =>
      smsProvider === "twilio" && twilio.messagingServiceSid === null && twilio.from === null
        ? "or TWILIO_FROM is required by SMS_PROVIDER=twilio"
        : null,
  },
  {
    setting: "REFRESH_IDLE_TTL",
    reads: ["REFRESH_IDLE_TTL", "REFRESH_MAX_TTL"],
    breach: ({ rules: { session } }) =>
      session.idleTtlMs > session.maxTtlMs ? "must not be longer than REFRESH_MAX_TTL" : null,
  },
  {
    setting: "DEFAULT_REGION",
    reads: ["DEFAULT_REGION", "ALLOWED_COUNTRIES"],
    breach: ({ rules: { phone } }) =>
      phone.allowedCountries.includes(phone.defaultRegion)
        ? null
        : "must be one of ALLOWED_COUNTRIES",
  },
];

/** @param values by setting name; `settings` holds the same, and nothing for a setting without */
export function brokenRules(
  rules: readonly Rule[],
  settings: Settings,
  values: ReadonlyMap<string, unknown>,
  given: GivenTexts,
): readonly SettingProblem[] {
  return rules
    .filter(({ reads }) => reads.every((name) => values.has(name)))
    .flatMap((rule) => {
      const reason = rule.breach(settings, given);
      return reason === null ? [] : [{ setting: rule.setting, reason }];
    });
}
