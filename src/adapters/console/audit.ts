import type { Audit } from "../../ports/audit.ts";
import type { Log } from "../../ports/log.ts";

/** Audit events as log lines, for wherever the platform collects those. */
export function logAudit(log: Log): Audit {
  return {
    record({ customerId, detail, name, phoneKey, sessionId, userId }) {
      log.write("info", "audit", {
        name,
        phone_key: phoneKey,
        user_id: userId,
        customer_id: customerId,
        session_id: sessionId,
        detail,
      });
    },
  };
}
