import type { Phone } from "../../core/ids.ts";
import type { Channel, CodeMessage, Locale } from "../../core/otp/message.ts";
import { greetingScript } from "./call-script.ts";
import type { TwilioRequest, TwilioResource } from "./transport.ts";

export type MessageRoute = (message: CodeMessage) => TwilioRequest;

/** The request for each channel's message; null where the channel is not set up. */
export type Routes = Readonly<Record<Channel, MessageRoute | null>>;

/** TWILIO_* by name; null where it is not set. */
export interface TwilioSenders {
  readonly accountSid: string;
  /** Takes precedence over `from`. */
  readonly messagingServiceSid: string | null;
  readonly from: string | null;
  readonly voiceFrom: string | null;
  readonly whatsappFrom: string | null;
  readonly whatsappContentSid: string | null;
}

export interface MessageOptions {
  /** Said in a call; an SMS has it in its text. */
  readonly brand: string;
  /** Life of the code: Twilio must not send the message later than that. */
  readonly codeTtlSeconds: number;
  /**
   * The URL at which Twilio asks for the script after a key press; null where it cannot reach us.
   */
  readonly voiceUrl: string | null;
  /** The URL of status callbacks; null where Twilio cannot reach us. */
  readonly statusUrl: string | null;
}

/**
 * Programmable Messaging and Voice: https://www.twilio.com/docs/messaging/api/message-resource,
 * https://www.twilio.com/docs/voice/api/call-resource
 */
export function messagingRoutes(senders: TwilioSenders, options: MessageOptions): Routes {
  return {
    sms: smsRoute(senders, options),
    whatsapp: whatsappRoute(senders, options),
    call: callRoute(senders, options),
  };
}

function smsRoute(senders: TwilioSenders, options: MessageOptions): MessageRoute | null {
  const { accountSid, from, messagingServiceSid } = senders;
  const sender =
    messagingServiceSid !== null ? { MessagingServiceSid: messagingServiceSid } : fromOf(from);
  if (sender === null) return null;
  const ValidityPeriod = String(options.codeTtlSeconds);
  return ({ text, to }) =>
    toAccount(accountSid, "Messages", options, { To: to, ...sender, Body: text, ValidityPeriod });
}

function whatsappRoute(senders: TwilioSenders, options: MessageOptions): MessageRoute | null {
  const { accountSid, whatsappContentSid, whatsappFrom } = senders;
  if (whatsappFrom === null || whatsappContentSid === null) return null;
  const From = whatsappFrom.replace(/^(?!whatsapp:)/, "whatsapp:");
  return ({ code, to }) =>
    toAccount(accountSid, "Messages", options, {
      To: `whatsapp:${to}`,
      From,
      ContentSid: whatsappContentSid,
      ContentVariables: JSON.stringify({ "1": code }),
    });
}

function callRoute(senders: TwilioSenders, options: MessageOptions): MessageRoute | null {
  const { accountSid, voiceFrom } = senders;
  const { brand, voiceUrl } = options;
  if (voiceFrom === null || voiceUrl === null) return null;
  return ({ locale, reference, to }) =>
    toAccount(accountSid, "Calls", options, {
      To: to,
      From: voiceFrom,
      Twiml: greetingScript(locale, brand, `${voiceUrl}?call=${reference}`),
    });
}

/**
 * Free, and shows whether Twilio serves the account: https://www.twilio.com/docs/iam/api/account
 */
export const accountOf = (accountSid: string): TwilioResource => ({
  product: "api",
  path: `/2010-04-01/Accounts/${accountSid}.json`,
});

/** The same for a Verify service: https://www.twilio.com/docs/verify/api/service */
export const verifyServiceOf = (serviceSid: string): TwilioResource => ({
  product: "verify",
  path: `/v2/Services/${serviceSid}`,
});

const fromOf = (from: string | null) => (from === null ? null : { From: from });

function toAccount(
  accountSid: string,
  resource: "Messages" | "Calls",
  { statusUrl }: MessageOptions,
  form: Readonly<Record<string, string>>,
): TwilioRequest {
  return {
    product: "api",
    path: `/2010-04-01/Accounts/${accountSid}/${resource}.json`,
    form: statusUrl === null ? form : { ...form, StatusCallback: statusUrl },
  };
}

/**
 * Verify as a carrier of our own code, with "custom verification code" enabled on the service:
 * https://www.twilio.com/docs/verify/api/customization-options. The text is Verify's.
 */
export function verifyRoutes(serviceSid: string): Routes {
  const start =
    (channel: Channel): MessageRoute =>
    ({ code, locale, to }) => ({
      product: "verify",
      path: `/v2/Services/${serviceSid}/Verifications`,
      form: { To: to, Channel: channel, CustomCode: code, Locale: verifyLocale(locale) },
    });
  return { sms: start("sms"), whatsapp: start("whatsapp"), call: start("call") };
}

/**
 * Verify answers 404 to a language that its template lacks, and sends nothing. Its templates differ
 * in their languages, and all have these two (https://www.twilio.com/docs/verify/supported-languages).
 */
const verifyLocale = (locale: Locale): "en" | "hi" => (locale === "hi" ? "hi" : "en");

/**
 * Tells Verify that the code was entered. The phone identifies its pending verification as well as
 * the SID (the node that checks the code may not be the one that sent it). Without this the sixth
 * send to a phone within ten minutes is refused (60203), and Twilio cannot watch its routes.
 */
export function approval(serviceSid: string, to: Phone): TwilioRequest {
  return {
    product: "verify",
    path: `/v2/Services/${serviceSid}/Verifications/${to}`,
    form: { Status: "approved" },
  };
}
