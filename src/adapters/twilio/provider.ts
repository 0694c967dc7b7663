import { isLoopback } from "../../core/address/loopback.ts";
import type { OpenProvider } from "../../ports/sms.ts";
import type { ProviderPlace } from "../sms/provider-place.ts";
import { required } from "../sms/required.ts";
import { fetchTransport } from "./fetch-transport.ts";
import { readMessageReport } from "./read-report.ts";
import { twilioReports } from "./reports.ts";
import type { TwilioSenders } from "./requests.ts";
import { twilioSender, twilioVerifySender } from "./sender.ts";
import type { TwilioAccess, TwilioTransport } from "./transport.ts";
import { twilioVoiceCalls } from "./voice-calls.ts";

/** TWILIO_*; a value that its provider does not require may be null. */
export interface TwilioValues extends Omit<TwilioSenders, "accountSid"> {
  readonly accountSid: string | null;
  readonly authToken: string | null;
  readonly apiUrl: string | null;
  readonly verifyServiceSid: string | null;
}

export type TransportFor = (access: TwilioAccess) => TwilioTransport;

/** Programmable Messaging and Voice. */
export function openTwilio(
  values: TwilioValues,
  { codeTtlSeconds, log, message, publicUrl, runtime }: ProviderPlace,
  transportFor: TransportFor = fetchTransport,
): OpenProvider {
  const access = accessOf(values);
  const { accountSid, apiUrl } = access;
  // Twilio refuses a callback URL that it cannot reach; a local stand-in can reach it.
  const reachable = apiUrl !== null || !isLoopback(publicUrl.hostname);
  if (!reachable) log.write("warn", "no-callbacks", { provider: "twilio", reason: UNREACHABLE });
  const transport = transportFor(access);
  const sender = twilioSender({
    log,
    runtime,
    transport,
    senders: { ...values, accountSid },
    brand: message.brand,
    codeTtlSeconds,
    publicUrl: reachable ? publicUrl.text : null,
  });
  return {
    sender,
    deliveryReports: twilioReports(access),
    readReport: (messageId) => readMessageReport(transport, accountSid, messageId),
    outbox: null,
    voiceCalls: twilioVoiceCalls({ ...access, brand: message.brand }),
  };
}

const UNREACHABLE =
  "PUBLIC_URL is this machine's own address, which Twilio cannot reach: calls are not offered, and no delivery is reported";

/** Twilio Verify, which sends our own code in its own words. */
export function openTwilioVerify(
  values: TwilioValues,
  { log, runtime }: ProviderPlace,
  transportFor: TransportFor = fetchTransport,
): OpenProvider {
  const access = accessOf(values);
  const verifyServiceSid = required(values.verifyServiceSid, "TWILIO_VERIFY_SERVICE_SID");
  const transport = transportFor(access);
  return {
    sender: twilioVerifySender({ transport, log, runtime, verifyServiceSid }),
    deliveryReports: twilioReports(access),
    // A verification is pending until its code was entered: it tells nothing of the delivery.
    readReport: null,
    // Verify makes its own calls, and asks for a key first where its service requires that.
    voiceCalls: null,
    outbox: null,
  };
}

const accessOf = ({ accountSid, apiUrl, authToken }: TwilioValues): TwilioAccess => ({
  accountSid: required(accountSid, "TWILIO_ACCOUNT_SID"),
  authToken: required(authToken, "TWILIO_AUTH_TOKEN"),
  apiUrl,
});
