import type { ProviderPlace } from "../adapters/sms/provider-place.ts";
import type { TransportFor } from "../adapters/twilio/provider.ts";
import type { OpenProvider } from "../ports/sms.ts";
import { rowsOf, type SettingTree, type ValuesOf } from "./setting.ts";
import { TWILIO_SETTINGS } from "./twilio-settings.ts";

/**
 * The settings of every provider of messages, a group for each account. A group's settings begin
 * with its name: all of them point outside this machine.
 */
export const PROVIDER_SETTINGS = { twilio: TWILIO_SETTINGS } as const satisfies SettingTree;

/** Parts that one runtime alone can give a provider. */
export interface Lent {
  /** Default: Twilio is called by `fetch`. */
  readonly twilioTransport?: TransportFor;
}

export interface SmsProvider {
  /** The words beside the name in docs/settings.md, or null. */
  readonly says: string | null;
  /** Settings that it cannot send without; of several names in a row any one is enough. */
  readonly requires: readonly (readonly [string, ...string[]])[];
  /** Whether it sends the texts of SMS_TEMPLATE_*; another one has words of its own. */
  readonly sendsOurText: boolean;
  /** Null where the runtime itself opens it, and production refuses it. */
  readonly open:
    | ((
        values: ValuesOf<typeof PROVIDER_SETTINGS>,
        place: ProviderPlace,
        lent: Lent,
      ) => Promise<OpenProvider>)
    | null;
}

const TWILIO_ACCESS = [["TWILIO_ACCOUNT_SID"], ["TWILIO_AUTH_TOKEN"]] as const;

/**
 * Every provider of messages, by its name in SMS_PROVIDER. A new one is an adapter and an entry
 * here: the code that requires its settings, opens it and serves its callbacks reads this table.
 */
export const SMS_PROVIDERS = {
  console: {
    says: "development only: keeps the codes for /dev/outbox",
    requires: [],
    sendsOurText: true,
    open: null,
  },
  twilio: {
    says: null,
    requires: [...TWILIO_ACCESS, ["TWILIO_MESSAGING_SERVICE_SID", "TWILIO_FROM"]],
    sendsOurText: true,
    async open({ twilio }, place, { twilioTransport }) {
      const { openTwilio } = await import("../adapters/twilio/provider.ts");
      return openTwilio(twilio, place, twilioTransport);
    },
  },
  "twilio-verify": {
    says: "Twilio Verify sends our own code",
    requires: [...TWILIO_ACCESS, ["TWILIO_VERIFY_SERVICE_SID"]],
    sendsOurText: false,
    async open({ twilio }, place, { twilioTransport }) {
      const { openTwilioVerify } = await import("../adapters/twilio/provider.ts");
      return openTwilioVerify(twilio, place, twilioTransport);
    },
  },
} as const satisfies Readonly<Record<string, SmsProvider>>;

export type SmsProviderName = keyof typeof SMS_PROVIDERS;

export const SMS_PROVIDER_NAMES = Object.keys(SMS_PROVIDERS) as readonly SmsProviderName[];

/** Whether a setting of this name belongs to the account of any provider. */
export const isOfProvider = (name: string): boolean =>
  Object.keys(PROVIDER_SETTINGS).some((group) => name.startsWith(`${group.toUpperCase()}_`));

/** URLs of providers' APIs, for stand-ins of them: codes and phones are sent there. */
export const PROVIDER_URLS: readonly string[] = rowsOf(PROVIDER_SETTINGS)
  .map(({ name }) => name)
  .filter((name) => name.endsWith("_API_URL"));
