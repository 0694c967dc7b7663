import type { DeliveryReport } from "../../ports/sms.ts";
import type { Gateway } from "../gateway.ts";

/** The ends of a message's life; what comes before them is of no use to anybody. */
const FINAL: ReadonlySet<string> = new Set([
  ...["delivered", "read", "undelivered", "failed"],
  ...["completed", "busy", "no-answer", "canceled"],
]);

/** Keeps what the provider says became of a message. */
export function reportDelivery({ audit }: Pick<Gateway, "audit">, report: DeliveryReport): void {
  const { errorCode, messageId, status } = report;
  if (!FINAL.has(status)) return;
  audit.record({ name: "otp.reported", messageId, detail: `${status} ${errorCode ?? ""}`.trim() });
}
