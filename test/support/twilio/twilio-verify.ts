import {
  TWILIO_ACCOUNT as ACCOUNT,
  type Form,
  phoneRefusal,
  randomSid,
  refusal,
  type TwilioOutcome,
} from "./twilio-account.ts";

const LIFE_MS = 10 * 60_000;
const MAX_SENDS = 5;

interface Verification {
  readonly sid: string;
  readonly to: string;
  readonly createdAt: number;
  code: string;
  channel: "sms" | "whatsapp" | "call";
  status: "pending" | "approved" | "canceled";
  sends: number;
}

export interface VerifyService {
  start(form: Form): TwilioOutcome;
  /** @param name its SID, or the phone that it is pending for */
  update(name: string, form: Form): TwilioOutcome;
  readonly verifications: readonly Verification[];
}

/** One Verify service with custom codes enabled: https://www.twilio.com/docs/verify/api/verification */
export function verifyService(now: () => number): VerifyService {
  const verifications: Verification[] = [];
  const pending = (name: string): Verification | undefined =>
    verifications.find(
      ({ createdAt, sid, status, to }) =>
        status === "pending" && now() - createdAt < LIFE_MS && (to === name || sid === name),
    );
  const begin = (to: string): Verification => {
    const code = String(Math.random()).slice(2, 8);
    const named = { sid: randomSid("VE"), to, createdAt: now(), code };
    const verification: Verification = { ...named, channel: "sms", status: "pending", sends: 0 };
    verifications.push(verification);
    return verification;
  };
  return {
    verifications,
    start(form) {
      const { To = "" } = form;
      return startRefusal(form) ?? sendAgain(pending(To) ?? begin(To), form);
    },
    update(name, { Status }) {
      const verification = pending(name);
      if (verification === undefined) {
        return refusal(20404, `The requested resource /Verifications/${name} was not found`);
      }
      if (Status !== "approved" && Status !== "canceled") {
        return refusal(60200, "Invalid parameter `Status`");
      }
      verification.status = Status;
      return { status: 200, body: shown(verification) };
    },
  };
}

/** Without a code of ours it goes on sending its own, the same one for ten minutes. */
function sendAgain(verification: Verification, form: Form): TwilioOutcome {
  if (verification.sends === MAX_SENDS) return refusal(60203, "Max send attempts reached");
  verification.sends++;
  verification.channel = form["Channel"] as Verification["channel"];
  verification.code = form["CustomCode"] ?? verification.code;
  const { channel, code, sid, to } = verification;
  return { status: 201, body: shown(verification), accepted: { sid, channel, to, code, form } };
}

function startRefusal({ Channel = "", CustomCode, Locale, To = "" }: Form): TwilioOutcome | null {
  const phone = phoneRefusal(To);
  if (phone !== null) {
    const { code } = phone.body as { code: number };
    return code === 21408 ? refusal(60605, "Blocked") : refusal(60200, `Invalid parameter: ${To}`);
  }
  if (!["sms", "whatsapp", "call"].includes(Channel)) {
    return refusal(60200, "Invalid parameter `Channel`");
  }
  if (CustomCode !== undefined && !/^\d{4,10}$/.test(CustomCode)) {
    return refusal(60200, `Invalid parameter \`CustomCode\`: ${CustomCode}`);
  }
  return Locale === undefined || ["en", "hi"].includes(Locale)
    ? null
    : refusal(20404, "The requested locale was not found");
}

function shown({ channel, createdAt, sends, sid, status, to }: Verification): object {
  const time = new Date(createdAt).toISOString().replace(/\.\d+/, "");
  return {
    sid,
    service_sid: ACCOUNT.verifyServiceSid,
    account_sid: ACCOUNT.accountSid,
    to,
    channel,
    status,
    valid: status === "approved",
    date_created: time,
    date_updated: time,
    lookup: {},
    amount: null,
    payee: null,
    send_code_attempts: Array.from({ length: sends }, () => ({
      attempt_sid: randomSid("VL"),
      channel,
      time,
    })),
    sna: null,
    url: `https://verify.twilio.com/v2/Services/${ACCOUNT.verifyServiceSid}/Verifications/${sid}`,
  };
}
