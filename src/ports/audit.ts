import type { CustomerId, PhoneKey, SessionId, UserId } from "../core/ids.ts";

export type AuditEventName =
  | "otp.requested"
  | "otp.sent"
  | "otp.send-failed"
  | "otp.rejected"
  | "otp.exhausted"
  | "phone.locked"
  | "phone.unlocked"
  | "login.succeeded"
  | "login.refused"
  | "ceiling.reached"
  | "otp.reported"
  | "otp.spoken"
  | "link.written"
  | "link.conflict"
  | "client.refused"
  | "authorization.granted"
  | "authorization.refused"
  | "authorization.reused"
  | "session.reused"
  | "session.ended"
  | "sessions.revoked"
  | "admin.called"
  | "admin.refused"
  | "run.started"
  | "record.written"
  | "link.joined"
  | "link.parted"
  | "phone.changed"
  | "customer.adopted"
  | "password.removed";

/** One security event about one person. A phone appears as its key only. */
export interface AuditEvent {
  readonly name: AuditEventName;
  /** The actor, if it is not the person of the event. */
  readonly by?: "operator";
  /** The account of an operator's command, `asha on office`. */
  readonly operator?: string;
  /** The run of an operator's command, as `doorstep undo` names it. */
  readonly runId?: string;
  /** The operator's words. They hold no phone and no e-mail. */
  readonly reason?: string;
  readonly phoneKey?: PhoneKey;
  readonly userId?: UserId;
  readonly customerId?: CustomerId;
  readonly sessionId?: SessionId;
  /** The provider's id of the message. */
  readonly messageId?: string;
  /** The reason, in a word or a few: a failure's reason, a rank of evidence, a channel. */
  readonly detail?: string;
}

/** Keeps the record of security events. It never throws and never delays the answer. */
export interface Audit {
  record(event: AuditEvent): void;
}
