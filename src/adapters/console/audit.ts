import type { Audit } from "../../ports/audit.ts";
import { type JsonLogOptions, jsonLog } from "./log.ts";

/**
 * Audit events as log lines, for the platform's collector. They have no level: an operator who
 * wants a quieter log must not lose the audit.
 */
export function logAudit(options: Omit<JsonLogOptions, "level">): Audit {
  const log = jsonLog({ ...options, level: "info" });
  return {
    record(event) {
      const { by, customerId, detail, messageId, name, phoneKey, sessionId, userId } = event;
      log.write("info", "audit", {
        name,
        by,
        operator: event.operator,
        run_id: event.runId,
        reason: event.reason,
        phone_key: phoneKey,
        user_id: userId,
        customer_id: customerId,
        session_id: sessionId,
        message_id: messageId,
        detail,
      });
    },
  };
}
