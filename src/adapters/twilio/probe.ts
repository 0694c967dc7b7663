import type { Log } from "../../ports/log.ts";
import { failureOf } from "./failure-codes.ts";
import type { TwilioAnswer, TwilioResource, TwilioTransport } from "./transport.ts";

const TIMEOUT_MS = 5_000;

export interface ProbeOptions {
  readonly provider: string;
  readonly transport: Pick<TwilioTransport, "get">;
  readonly log: Log;
  readonly resource: TwilioResource;
  /** A fault of a resource that still serves us; it is logged once. */
  faultOf?(body: unknown): string | null;
}

/** Reads a resource of our own: true where Twilio returns it and it is active. */
export function twilioProbe(options: ProbeOptions) {
  const { faultOf = () => null, log, provider, resource, transport } = options;
  let isWarningDue = true;
  return async (): Promise<boolean> => {
    const answer = await transport.get(resource, TIMEOUT_MS);
    const serves = isServing(answer);
    if (!serves) log.write("error", "sms-probe-failed", { provider, reason: reasonOf(answer) });
    const fault = serves && answer.kind === "answered" ? faultOf(answer.body) : null;
    if (fault !== null && isWarningDue) {
      isWarningDue = false;
      log.write("warn", "sms-misconfigured", { provider, reason: fault });
    }
    return serves;
  };
}

/**
 * Too many requests (429) is no refusal: our own sends cause it, and their number depends on which
 * numbers are customers'.
 */
function isServing(answer: TwilioAnswer): boolean {
  if (answer.kind === "lost") return false;
  if (answer.status === 429) return true;
  return answer.status === 200 && !isClosed(answer.body);
}

/** A `suspended` or `closed` account answers 200 and sends nothing. A service has no status. */
function isClosed(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return true;
  return "status" in body && body.status !== "active";
}

function reasonOf(answer: TwilioAnswer): string {
  const isAnswered = answer.kind === "answered" && answer.status === 200;
  return isAnswered ? "misconfigured not-active" : failureOf(answer).code;
}
