import type { DeliveryReport } from "../../ports/sms.ts";
import type { Gateway } from "../gateway.ts";

/** The final states of a message; earlier ones are not recorded. */
const FINAL: ReadonlySet<string> = new Set([
  ...["delivered", "read", "undelivered", "failed"],
  ...["completed", "busy", "no-answer", "canceled"],
]);

/** Records the provider's report about a message. */
export function reportDelivery({ audit }: Pick<Gateway, "audit">, report: DeliveryReport): void {
  const { errorCode, messageId, status } = report;
  if (!FINAL.has(status)) return;
  audit.record({ name: "otp.reported", messageId, detail: `${status} ${errorCode ?? ""}`.trim() });
}
