import { templateSegments } from "../../adapters/sms/segments.ts";
import { twilioReports } from "../../adapters/twilio/reports.ts";
import { twilioSender, twilioVerifySender } from "../../adapters/twilio/sender.ts";
import type { TwilioAccess, TwilioTransport } from "../../adapters/twilio/transport.ts";
import { isLoopback } from "../../core/loopback.ts";
import { LOCALES } from "../../core/otp/message.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { CodeSender, DeliveryReports } from "../../ports/sms.ts";
import type { CompleteSettings } from "./complete-settings.ts";
import { StartError } from "./start-error.ts";

export interface TwilioParts {
  readonly sender: CodeSender;
  readonly deliveryReports: DeliveryReports;
}

/** The sender that the settings name, and what reads its callbacks, on the runtime's transport. */
export function twilioParts(
  settings: CompleteSettings,
  transportFor: (access: TwilioAccess) => TwilioTransport,
  runtime: Runtime,
  log: Log,
): TwilioParts {
  warnOfSegments(settings, log);
  const { rules, server, smsProvider, twilio } = settings;
  const { accountSid, authToken, apiUrl, verifyServiceSid } = twilio;
  if (accountSid === null || authToken === null)
    throw new StartError("TWILIO_ACCOUNT_SID is required");
  const transport = transportFor({ accountSid, authToken, apiUrl });
  const deliveryReports = twilioReports({ accountSid, authToken });
  if (smsProvider === "twilio-verify") {
    if (verifyServiceSid === null) throw new StartError("TWILIO_VERIFY_SERVICE_SID is required");
    const sender = twilioVerifySender({ transport, log, runtime, verifyServiceSid });
    return { sender, deliveryReports };
  }
  // Twilio refuses a callback URL that it cannot reach; a stand-in beside us reaches it.
  const reachable = apiUrl !== null || !isLoopback(new URL(server.publicUrl).hostname);
  const sender = twilioSender({
    ...{ transport, log, runtime },
    senders: { ...twilio, accountSid },
    brand: rules.message.brand,
    codeTtlSeconds: rules.challenge.ttlMs / 1000,
    publicUrl: reachable ? server.publicUrl : null,
  });
  return { sender, deliveryReports };
}

/** Each segment of a text is charged as a message. */
function warnOfSegments({ rules }: CompleteSettings, log: Log): void {
  for (const locale of LOCALES) {
    const { encoding, segments } = templateSegments(
      locale,
      rules.challenge.ttlMs / 1000,
      rules.message,
    );
    if (segments > 1) log.write("warn", "text-segments", { locale, encoding, segments });
  }
}
