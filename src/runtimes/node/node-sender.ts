import { consoleSender } from "../../adapters/console/sender.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { CodeSender, DeliveryReports, Outbox } from "../../ports/sms.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";

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
  const { sdkTransport } = await import("../../adapters/twilio/sdk-transport.ts");
  const { twilioParts } = await import("../shared/twilio-parts.ts");
  return { ...twilioParts(settings, sdkTransport, runtime, log), outbox: null };
}
