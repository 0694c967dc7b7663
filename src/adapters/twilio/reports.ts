import type { DeliveryReports } from "../../ports/sms.ts";
import { isOfOurAccount, only, type TwilioAccount } from "./signature.ts";

/** The path of Twilio's status callbacks. */
export const STATUS_PATH = "/webhooks/twilio/status";

const MESSAGE = /^(?:SM|MM|CA)[0-9a-f]{32}$/i;
const STATUS = /^[a-z][a-z-]{1,30}$/;
const ERROR = /^\d{5}$/;

/**
 * Status callbacks of messages and calls:
 * https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks,
 * https://www.twilio.com/docs/voice/api/call-resource#statuscallbackevent. A signature has no time
 * in it: a repeated report is valid, and has the same meaning.
 */
export function twilioReports({ accountSid, authToken }: TwilioAccount): DeliveryReports {
  return {
    path: STATUS_PATH,
    signatureHeader: "X-Twilio-Signature",
    async read(url, form, signature) {
      const isOurs = await isOfOurAccount({ accountSid, authToken }, url, form, signature);
      if (!isOurs) return null;
      const messageId = only(form, "MessageSid") ?? only(form, "CallSid");
      const status = only(form, "MessageStatus") ?? only(form, "CallStatus");
      if (messageId === null || !MESSAGE.test(messageId)) return null;
      if (status === null || !STATUS.test(status)) return null;
      const error = only(form, "ErrorCode");
      return { messageId, status, errorCode: error !== null && ERROR.test(error) ? error : null };
    },
  };
}
