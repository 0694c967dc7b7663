import type { Runtime } from "../../ports/runtime.ts";
import { errorNumber } from "./failure-codes.ts";
import type { TwilioAnswer, TwilioRequest, TwilioTransport } from "./transport.ts";

const MAX_RETRIES = 2;
const BASE_WAIT_MS = 250;
/** A try with less time than this would only time out. */
const LEAST_TRY_MS = 1_000;

/** Too many requests at once, for an account or for one phone (Verify). */
const TOO_MANY: ReadonlySet<number | null> = new Set([null, 20429, 60212]);
const SERVICE_UNAVAILABLE = 20503;

export interface PatientPostOptions {
  readonly transport: Pick<TwilioTransport, "post">;
  /** For all tries and waits together. */
  readonly timeoutMs: number;
  readonly runtime: Pick<Runtime, "now" | "sleep" | "randomBytes">;
}

/** Posts, and repeats once or twice where Twilio cannot have accepted the request. */
export async function patientPost(
  options: PatientPostOptions,
  request: TwilioRequest,
): Promise<TwilioAnswer> {
  const { runtime, timeoutMs, transport } = options;
  const deadline = runtime.now() + timeoutMs;
  for (let retries = 0; ; retries++) {
    const answer = await transport.post(request, deadline - runtime.now());
    if (retries === MAX_RETRIES || !mayRepeat(answer)) return answer;
    const waitMs = waitBefore(retries, answer, runtime.randomBytes(2));
    if (runtime.now() + waitMs + LEAST_TRY_MS > deadline) return answer;
    await runtime.sleep(waitMs);
    if (runtime.now() + LEAST_TRY_MS > deadline) return answer;
  }
}

/**
 * Twilio has no idempotency key, so a request is repeated only where it was surely not accepted:
 *
 * | outcome                                              | accepted? | repeated |
 * |------------------------------------------------------|-----------|----------|
 * | no connection (refused, DNS, TLS): nothing written   | no        | yes      |
 * | 429, 20429 or without a number                       | no (1)    | yes      |
 * | 429, 60212: this phone is being served just now      | no (1)    | yes      |
 * | 429 of a spent budget (60202, 60203, 60207, 63038)   | no        | no: in vain |
 * | 503 with Twilio's own 20503                          | no (2)    | yes      |
 * | 503 of anything else: a proxy may have passed it on  | unknown   | no       |
 * | 500, 502, 504 and other 5xx                          | unknown (3) | no     |
 * | time-out, or connection cut after it was made        | unknown   | no       |
 * | 2xx that is no message of ours, 3xx                  | unknown   | no       |
 * | any other 4xx                                        | no        | no: in vain |
 *
 * (1) "Requests that receive 429 responses aren't processed and are safe to retry":
 *     https://www.twilio.com/docs/api/errors/20429
 * (2) "Try again a few times with exponential back-off": https://www.twilio.com/docs/api/errors/20503
 * (3) "If you retry the request, it is possible for a customer to receive multiple messages":
 *     https://www.twilio.com/docs/api/errors/20500
 */
export function mayRepeat(answer: TwilioAnswer): boolean {
  if (answer.kind === "lost") return answer.neverLeft;
  const number = errorNumber(answer.body);
  return answer.status === 429
    ? TOO_MANY.has(number)
    : answer.status === 503 && number === SERVICE_UNAVAILABLE;
}

/** Half of a doubling wait, up to the other half at random; never less than `Retry-After`. */
function waitBefore(retries: number, answer: TwilioAnswer, random: Uint8Array): number {
  const half = (BASE_WAIT_MS * 2 ** retries) / 2;
  const fraction = ((random[0] ?? 0) * 256 + (random[1] ?? 0)) / 65_536;
  const asked = answer.kind === "answered" ? (answer.retryAfterMs ?? 0) : 0;
  return Math.round(asked + half + half * fraction);
}
