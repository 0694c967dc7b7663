import { fetchTransport } from "../../../src/adapters/twilio/fetch-transport.ts";
import { sdkTransport } from "../../../src/adapters/twilio/sdk-transport.ts";
import { twilioSender, twilioVerifySender } from "../../../src/adapters/twilio/sender.ts";
import type { TwilioAccess, TwilioTransport } from "../../../src/adapters/twilio/transport.ts";
import type { Phone } from "../../../src/core/ids.ts";
import type { CodeMessage } from "../../../src/core/otp/message.ts";
import type { CodeSender } from "../../../src/ports/sms.ts";
import { TWILIO_ACCOUNT as ACCOUNT } from "./twilio-account.ts";

export const PHONE = "+919876543210" as Phone;
export const CODE = "407218";
export const TEXT = `${CODE} is your EarlyBird login code.\n\n@login.earlybird.example #${CODE}`;
const BRAND = "EarlyBird";
export const PUBLIC_URL = "http://localhost:8787";
const CODE_TTL_SECONDS = 300;

export const TRANSPORTS: Readonly<Record<string, (access: TwilioAccess) => TwilioTransport>> = {
  sdk: sdkTransport,
  fetch: fetchTransport,
};

export type Provider = "twilio" | "twilio-verify";
export const PROVIDERS: readonly Provider[] = ["twilio", "twilio-verify"];

export interface TwilioFixture {
  readonly sender: CodeSender;
  /** JSON lines, without the log's redaction: what the sender itself wrote. */
  readonly lines: readonly string[];
  /** How long it waited before each repeated try. */
  readonly waits: readonly number[];
}

export interface TwilioFixtureOptions {
  readonly apiUrl: string;
  readonly provider?: Provider;
  readonly transport?: string;
  readonly timeoutMs?: number;
  readonly publicUrl?: string;
  readonly access?: Partial<TwilioAccess>;
  now?(): number;
  /** Runs in the place of each wait. */
  onWait?(): Promise<void>;
}

/** A sender set up for the stand-in, with waits that take no time. */
export function twilioFixture(options: TwilioFixtureOptions): TwilioFixture {
  const { apiUrl, now = Date.now, provider = "twilio", timeoutMs = 4_000 } = options;
  const { accountSid, authToken } = ACCOUNT;
  const lines: string[] = [];
  const waits: number[] = [];
  const make = TRANSPORTS[options.transport ?? "fetch"];
  if (make === undefined) throw new Error("no such transport");
  const common = {
    transport: make({ accountSid, authToken, apiUrl, ...options.access }),
    log: { write: (...line: unknown[]) => void lines.push(JSON.stringify(line)) },
    runtime: {
      now,
      randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
      sleep: async (ms: number) => {
        waits.push(ms);
        await options.onWait?.();
      },
    },
    timeoutMs,
  };
  const sender =
    provider === "twilio-verify"
      ? twilioVerifySender({ ...common, verifyServiceSid: ACCOUNT.verifyServiceSid })
      : twilioSender({
          ...common,
          senders: ACCOUNT,
          brand: BRAND,
          codeTtlSeconds: CODE_TTL_SECONDS,
          publicUrl: options.publicUrl ?? PUBLIC_URL,
        });
  return { sender, lines, waits };
}

export function codeMessage(changes: Partial<CodeMessage> = {}): CodeMessage {
  return {
    to: PHONE,
    channel: "sms",
    locale: "en",
    code: CODE,
    reference: "dsv_k.AAAA",
    text: TEXT,
    ...changes,
  };
}

/** Everything that must stay out of failures and logs, and its halves. */
export const SECRETS: readonly string[] = [
  PHONE.slice(1),
  PHONE.slice(3),
  CODE,
  "login.earlybird.example",
  "is your",
  ACCOUNT.authToken,
  ACCOUNT.accountSid,
  ACCOUNT.from.slice(1),
  "127.0.0.1",
  "/webhooks/",
];
