import { consoleSender } from "../../adapters/console/sender.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { OpenProvider } from "../../ports/sms.ts";

/** The sender of development. The production Worker lacks its code: it cannot be switched on. */
export function openConsole(runtime: Runtime): OpenProvider {
  const sender = consoleSender(runtime);
  return { sender, deliveryReports: null, readReport: null, voiceCalls: null, outbox: sender };
}
