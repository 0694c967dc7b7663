import type { DeliveryReport } from "../../ports/sms.ts";
import type { TwilioTransport } from "./transport.ts";

const TIMEOUT_MS = 5_000;
const SID = /^(?:SM|MM|CA)[0-9a-f]{32}$/i;
const STATUS = /^[a-z][a-z-]{1,30}$/;

/**
 * The state of a message or a call, by its SID:
 * https://www.twilio.com/docs/messaging/api/message-resource#fetch-a-message-resource,
 * https://www.twilio.com/docs/voice/api/call-resource#fetch-a-call-resource
 */
export async function readMessageReport(
  transport: Pick<TwilioTransport, "get">,
  accountSid: string,
  messageId: string,
): Promise<DeliveryReport | null> {
  if (!SID.test(messageId)) return null;
  const resource = messageId.toUpperCase().startsWith("CA") ? "Calls" : "Messages";
  const path = `/2010-04-01/Accounts/${accountSid}/${resource}/${messageId}.json`;
  const answer = await transport.get({ product: "api", path }, TIMEOUT_MS);
  if (answer.kind === "lost" || answer.status !== 200) return null;
  const { error_code: error, status } = (answer.body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof status !== "string" || !STATUS.test(status)) return null;
  const errorCode = Number.isInteger(error) && Number(error) > 0 ? String(error) : null;
  return { messageId, status, errorCode };
}
