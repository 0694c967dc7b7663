import { consoleSender } from "../adapters/console/sender.ts";
import { isLoopback } from "../core/loopback.ts";
import { LOCALES } from "../core/message.ts";
import { templateSegments } from "../core/segments.ts";
import type { Log } from "../ports/log.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { CodeSender, DeliveryReports, Outbox } from "../ports/sms.ts";
import { type CompleteSettings, StartError } from "./node-settings.ts";

export interface NodeSender {
  readonly sender: CodeSender;
  readonly deliveryReports: DeliveryReports | null;
  readonly outbox: Outbox | null;
}

/** The sender that the settings name. Twilio's SDK is loaded only where it sends. */
export async function openSender(
  settings: CompleteSettings,
  runtime: Runtime,
  log: Log,
): Promise<NodeSender> {
  if (settings.smsProvider === "console") {
    const sender = consoleSender(runtime);
    return { sender, deliveryReports: null, outbox: sender };
  }
  warnOfSegments(settings, log);
  const { rules, server, smsProvider, twilio } = settings;
  const { accountSid, authToken, apiUrl, verifyServiceSid } = twilio;
  if (accountSid === null || authToken === null)
    throw new StartError("TWILIO_ACCOUNT_SID is required");
  const { sdkTransport } = await import("../adapters/twilio/sdk-transport.ts");
  const { twilioReports } = await import("../adapters/twilio/reports.ts");
  const { twilioSender, twilioVerifySender } = await import("../adapters/twilio/sender.ts");
  const transport = sdkTransport({ accountSid, authToken, apiUrl });
  const deliveryReports = twilioReports({ accountSid, authToken });
  if (smsProvider === "twilio-verify") {
    if (verifyServiceSid === null) throw new StartError("TWILIO_VERIFY_SERVICE_SID is required");
    const sender = twilioVerifySender({ transport, log, runtime, verifyServiceSid });
    return { sender, deliveryReports, outbox: null };
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
  return { sender, deliveryReports, outbox: null };
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
