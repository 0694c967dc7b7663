import type { VoiceCalls } from "../../ports/sms.ts";
import { callScript, overScript } from "./call-script.ts";
import { isOfOurAccount, only, type TwilioAccount } from "./signature.ts";

/** The path at which Twilio asks for a script after a key press. */
export const VOICE_PATH = "/webhooks/twilio/voice";

export interface VoiceCallOptions extends TwilioAccount {
  readonly brand: string;
}

/** https://www.twilio.com/docs/voice/twiml/gather#action: the address is signed with its query. */
export function twilioVoiceCalls({ brand, ...account }: VoiceCallOptions): VoiceCalls {
  return {
    path: VOICE_PATH,
    signatureHeader: "X-Twilio-Signature",
    type: "text/xml",
    async read(url, form, signature) {
      if (!(await isOfOurAccount(account, url, form, signature))) return null;
      const reference = only(new URL(url).searchParams, "call");
      const to = only(form, "To");
      if (reference === null || to === null) return null;
      if (!/^[\d*#]$/.test(only(form, "Digits") ?? "")) return null;
      const callSid = only(form, "CallSid") ?? "";
      return { reference, to, messageId: /^CA[0-9a-f]{32}$/i.test(callSid) ? callSid : null };
    },
    script: (locale, code) =>
      code === null ? overScript(locale) : callScript(locale, code, brand),
  };
}
