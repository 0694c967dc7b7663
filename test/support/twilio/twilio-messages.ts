import {
  TWILIO_ACCOUNT as ACCOUNT,
  type AcceptedMessage,
  type Form,
  phoneRefusal,
  randomSid,
  refusal,
  type TwilioOutcome,
} from "./twilio-account.ts";

/** Fri, 13 Aug 2010 01:16:24 +0000: RFC 2822, as the 2010 API writes times. */
const rfc2822 = (): string => new Date().toUTCString().replace("GMT", "+0000");

/** POST .../Messages.json: https://www.twilio.com/docs/messaging/api/message-resource */
export function createMessage(form: Form): TwilioOutcome {
  const { Body, ContentSid, To = "" } = form;
  if (To === "") return refusal(21604, "A 'To' phone number is required.");
  const refused = senderRefusal(form) ?? phoneRefusal(bare(To)) ?? callbackRefusal(form);
  if (refused !== null) return refused;
  if (ContentSid !== undefined) return createFromTemplate(form);
  if (isWhatsapp(To)) {
    return refusal(63016, "Outside the allowed window: a free-form message cannot be sent.");
  }
  if (Body === undefined || Body === "") return refusal(21602, "Message body is required.");
  if (Body.length > 1600) return refusal(21617, "The concatenated message body exceeds 1600.");
  return acceptMessage(form, "sms", Body.match(/\d{6}/)?.[0] ?? "");
}

function createFromTemplate(form: Form): TwilioOutcome {
  const { Body, ContentSid, ContentVariables = "{}", To = "" } = form;
  // Twilio says no more than that the one stands in for the other; here it is a mistake.
  if (Body !== undefined) return refusal(21656, "Body and ContentSid were both given.");
  if (ContentSid !== ACCOUNT.whatsappContentSid)
    return refusal(21655, "The ContentSid is invalid.");
  const code = variablesOf(ContentVariables)?.["1"];
  if (typeof code !== "string") return refusal(21656, "The ContentVariables are invalid.");
  return acceptMessage(form, isWhatsapp(To) ? "whatsapp" : "sms", code);
}

function variablesOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function senderRefusal({ From, MessagingServiceSid, To = "" }: Form): TwilioOutcome | null {
  if (From === undefined && MessagingServiceSid === undefined) {
    return refusal(21603, "A 'From' phone number is required.");
  }
  if (MessagingServiceSid !== undefined && MessagingServiceSid !== ACCOUNT.messagingServiceSid) {
    return refusal(21701, `The Messaging Service ${MessagingServiceSid} does not exist.`);
  }
  if (From === undefined) return null;
  if (isWhatsapp(From) !== isWhatsapp(To)) {
    return refusal(63007, "Twilio could not find a Channel with the specified From address.");
  }
  const ours = isWhatsapp(From) ? `whatsapp:${ACCOUNT.whatsappFrom}` : ACCOUNT.from;
  return From === ours ? null : refusal(21659, `'From' ${From} is not a Twilio phone number.`);
}

function callbackRefusal({ StatusCallback }: Form): TwilioOutcome | null {
  return StatusCallback === undefined || URL.canParse(StatusCallback)
    ? null
    : refusal(21609, `The StatusCallback URL ${StatusCallback} is not a valid URL.`);
}

function acceptMessage(form: Form, channel: "sms" | "whatsapp", code: string): TwilioOutcome {
  const sid = randomSid("SM");
  const { From = null, MessagingServiceSid = null, To = "" } = form;
  const body = {
    sid,
    account_sid: ACCOUNT.accountSid,
    api_version: "2010-04-01",
    body: form["Body"] ?? "",
    date_created: rfc2822(),
    date_sent: null,
    date_updated: rfc2822(),
    direction: "outbound-api",
    error_code: null,
    error_message: null,
    from: From,
    messaging_service_sid: MessagingServiceSid,
    num_media: "0",
    num_segments: MessagingServiceSid === null ? "1" : "0",
    price: null,
    price_unit: "USD",
    status: MessagingServiceSid === null ? "queued" : "accepted",
    to: To,
    uri: `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Messages/${sid}.json`,
  };
  return { status: 201, body, accepted: { sid, channel, to: bare(To), code, form } };
}

/** POST .../Calls.json: https://www.twilio.com/docs/voice/api/call-resource */
export function createCall(form: Form): TwilioOutcome {
  const { From, To = "", Twiml, Url } = form;
  if (To === "") return refusal(21201, "No 'To' number is specified.");
  if (From === undefined) return refusal(21213, "'From' phone number is required.");
  if (From !== ACCOUNT.voiceFrom) {
    return refusal(21210, `The source phone number provided, ${From}, is not yet verified.`);
  }
  const refused = phoneRefusal(To) ?? callbackRefusal(form);
  if (refused !== null) return refused;
  if (Twiml === undefined && Url === undefined) return refusal(21205, "Url parameter is required.");
  if (Twiml !== undefined && (Twiml.length > 4000 || !isTwiml(Twiml))) {
    return refusal(21218, "The TwiML is invalid or longer than 4000 characters.");
  }
  return acceptCall(form, To, Twiml ?? "");
}

function acceptCall(form: Form, to: string, twiml: string): TwilioOutcome {
  const sid = randomSid("CA");
  const body = {
    sid,
    account_sid: ACCOUNT.accountSid,
    api_version: "2010-04-01",
    date_created: null,
    direction: "outbound-api",
    from: form["From"],
    status: "queued",
    to,
    uri: `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Calls/${sid}.json`,
  };
  const accepted: AcceptedMessage = { sid, channel: "call", to, code: heardIn(twiml), form };
  return { status: 201, body, accepted };
}

const SAY = /<Say [^<>]*>[^<>]*<\/Say>|<Pause [^<>]*\/>/.source;
const TWIML = new RegExp(
  `^<\\?xml [^>]*\\?><Response>(${SAY}|<Gather [^<>]*>(${SAY})*</Gather>)+</Response>$`,
);
const isTwiml = (text: string): boolean => TWIML.test(text);

/** Where a call asks what to say once a key was pressed, or null. */
export function actionIn(twiml: string): string | null {
  const action = /<Gather [^>]*action="([^"]*)"/.exec(twiml)?.[1];
  return action?.replaceAll("&amp;", "&") ?? null;
}

const WORDS: readonly (readonly string[])[] = [
  ["zero", "शून्य"],
  ["one", "एक"],
  ["two", "दो"],
  ["three", "तीन"],
  ["four", "चार"],
  ["five", "पाँच"],
  ["six", "छह"],
  ["seven", "सात"],
  ["eight", "आठ"],
  ["nine", "नौ"],
];

/** The digits that a person on the phone writes down the first time; the second must be the same. */
export function heardIn(twiml: string): string {
  const said = [...twiml.matchAll(/<Say [^>]*>([^<]*)<\/Say>/g)].map(([, words]) => words ?? "");
  const digits = said
    .map((words) => WORDS.findIndex((names) => names.includes(words)))
    .filter((digit) => digit >= 0)
    .join("");
  const half = digits.slice(0, digits.length / 2);
  return digits === half + half ? half : digits;
}

const isWhatsapp = (address: string): boolean => address.startsWith("whatsapp:");
const bare = (address: string): string => address.replace(/^whatsapp:/, "");
