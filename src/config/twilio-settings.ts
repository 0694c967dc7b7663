import { httpOrigin } from "./parsers/address-parsers.ts";
import { e164, sid, smsFrom } from "./parsers/choice-parsers.ts";
import { line } from "./parsers/parsers.ts";
import { optional, type SettingTree } from "./setting.ts";

const CONSOLE = "the Twilio console";

/** Twilio's account and senders. A channel without its sender is not offered. */
export const TWILIO_SETTINGS = {
  accountSid: optional({
    name: "TWILIO_ACCOUNT_SID",
    meaning: "Twilio's account, `AC...`.",
    parse: sid("AC"),
    default: null,
  }),
  authToken: optional({
    name: "TWILIO_AUTH_TOKEN",
    meaning: "Twilio's auth token, which also signs the status callbacks.",
    parse: line(1, 200),
    default: null,
    secretFrom: CONSOLE,
  }),
  messagingServiceSid: optional({
    name: "TWILIO_MESSAGING_SERVICE_SID",
    meaning: "Messaging service that sends SMS, `MG...`; this or `TWILIO_FROM`.",
    parse: sid("MG"),
    default: null,
  }),
  from: optional({
    name: "TWILIO_FROM",
    meaning: "Number, short code or registered sender id that sends SMS.",
    parse: smsFrom,
    default: null,
  }),
  voiceFrom: optional({
    name: "TWILIO_VOICE_FROM",
    meaning:
      "Number that calls, because a messaging service cannot call; Twilio must reach `PUBLIC_URL` to get the words of a call.",
    parse: e164,
    default: null,
  }),
  whatsappFrom: optional({
    name: "TWILIO_WHATSAPP_FROM",
    meaning: "WhatsApp sender's number.",
    parse: e164,
    default: null,
  }),
  whatsappContentSid: optional({
    name: "TWILIO_WHATSAPP_CONTENT_SID",
    meaning: "Approved content template for login codes, `HX...`.",
    parse: sid("HX"),
    default: null,
  }),
  verifyServiceSid: optional({
    name: "TWILIO_VERIFY_SERVICE_SID",
    meaning:
      "Verify service with custom codes enabled, `VA...`; let the service require DTMF input, or a voicemail records the code.",
    parse: sid("VA"),
    default: null,
  }),
  apiUrl: optional({
    name: "TWILIO_API_URL",
    meaning: "URL of Twilio's API, for a stand-in of it.",
    parse: httpOrigin,
    default: null,
  }),
} as const satisfies SettingTree;
