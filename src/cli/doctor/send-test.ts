import type { Phone } from "../../core/ids.ts";
import { composeText } from "../../core/otp/message.ts";
import type { DeliveryReport, OpenProvider } from "../../ports/sms.ts";
import { type Checked, finding, good, unknown } from "./finding.ts";
import type { DoctorPlace } from "./place.ts";

const CHECK = "message";
const ASK_EVERY_MS = 1_000;
/** Most messages arrive within seconds; a carrier's queue may take a minute. */
const WAIT_MS = 90_000;
const ARRIVED: ReadonlySet<string> = new Set(["delivered", "read", "completed"]);
const LOST: ReadonlySet<string> = new Set([
  "undelivered",
  "failed",
  "canceled",
  "busy",
  "no-answer",
]);
/** No challenge has it: the message is a test, and opens nothing. */
const CODE = "000000";

type SendPlace = Pick<DoctorPlace["gateway"], "rules"> & {
  readonly runtime: Pick<DoctorPlace["gateway"]["runtime"], "now" | "sleep">;
  readonly provider: Pick<OpenProvider, "sender" | "readReport" | "outbox">;
};

/** Sends one message as a login would, and waits until the provider tells its delivery. */
export async function sendTest(place: SendPlace, to: Phone): Promise<readonly Checked[]> {
  const { provider, rules, runtime } = place;
  const { outbox, readReport, sender } = provider;
  if (outbox !== null) {
    return [
      unknown(CHECK, "SMS_PROVIDER=console sends nothing", "Set SMS_PROVIDER to a provider."),
    ];
  }
  const [channel = "sms"] = sender.channels;
  const text = composeText("en", CODE, rules.challenge.ttlMs / 1000, rules.message);
  const startedAt = runtime.now();
  const message = { to, channel, locale: "en", code: CODE, reference: "doctor", text } as const;
  const sent = await sender.send(message);
  if (!sent.ok) return [refused(sender.provider, sent.failure.code)];
  if (readReport === null) {
    return [unknown(CHECK, `${sender.provider} took the message and does not tell its delivery`)];
  }
  const report = await reportOf(place, readReport, sent.value.messageId);
  const seconds = ((runtime.now() - startedAt) / 1000).toFixed(1);
  return [lineOf(sender.provider, report, seconds)];
}

function lineOf(provider: string, report: DeliveryReport | null, seconds: string): Checked {
  if (report !== null && ARRIVED.has(report.status)) {
    return good(CHECK, `${report.status} in ${seconds} s by ${provider}`);
  }
  if (report !== null && LOST.has(report.status)) {
    const { errorCode, status } = report;
    return refused(provider, errorCode === null ? status : `${status} ${errorCode}`);
  }
  const last = report === null ? "no report" : report.status;
  return unknown(CHECK, `${last} after ${seconds} s: ${provider} took the message`);
}

/** The last report before the time is over. */
async function reportOf(
  { runtime }: SendPlace,
  readReport: NonNullable<OpenProvider["readReport"]>,
  messageId: string,
): Promise<DeliveryReport | null> {
  const until = runtime.now() + WAIT_MS;
  let last: DeliveryReport | null = null;
  while (runtime.now() < until) {
    last = (await readReport(messageId)) ?? last;
    if (last !== null && (ARRIVED.has(last.status) || LOST.has(last.status))) return last;
    await runtime.sleep(ASK_EVERY_MS);
  }
  return last;
}

const refused = (provider: string, reason: string): Checked =>
  finding(CHECK, {
    what: `${provider} did not deliver the message: ${reason}`,
    why: "Customers get no code, so they cannot log in.",
    mend: "Look the number up at https://www.twilio.com/docs/api/errors, and the text in docs/sms.md",
  });
