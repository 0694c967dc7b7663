import type { PhoneKey } from "../../core/ids.ts";
import { type Challenge, challengeEndsAt, pruned } from "../../core/otp/phone-record.ts";
import { ok } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { changePhoneRecord, type RecordPorts } from "../state/change-record.ts";

/** Phones whose codes this process means to take out of their records, and those of one sweep. */
const MOST_NOTED = 100_000;
const MOST_IN_SWEEP = 500;

/** Notes that the phone's record holds a code, so that a later sweep takes the code out. */
export function noteCode(
  { process, runtime }: Pick<Gateway, "process" | "runtime">,
  phoneKey: PhoneKey,
  challenge: Challenge,
): void {
  // A platform without timers sweeps nothing.
  if (!runtime.outlivesClients) return;
  const { codesEnd } = process;
  codesEnd.delete(phoneKey);
  codesEnd.set(phoneKey, challengeEndsAt(challenge));
  const [oldest] = codesEnd.keys();
  if (codesEnd.size > MOST_NOTED && oldest !== undefined) codesEnd.delete(oldest);
}

/**
 * Takes the codes that are over out of the phones' records. The budgets stay, so a record lives for
 * a day or longer; with its codes it has six times the bytes, and a script with a million unknown
 * numbers leaves a million of them. A runtime with timers calls this every few seconds. A record
 * that a lost process noted keeps its size until its own end.
 */
export async function forgetCodes(
  ports: RecordPorts & Pick<Gateway, "log" | "process">,
): Promise<void> {
  const { codesEnd } = ports.process;
  const now = ports.runtime.now();
  const due: PhoneKey[] = [];
  let looked = 0;
  for (const [key, endsAt] of codesEnd) {
    if (looked++ === MOST_IN_SWEEP) break;
    if (endsAt <= now) due.push(key);
  }
  for (const key of due) codesEnd.delete(key);
  try {
    for (const key of due) await forgetCodesOf(ports, key);
  } catch (error) {
    ports.log.write("warn", "codes-not-forgotten", { error: String(error) });
  }
}

async function forgetCodesOf(
  ports: RecordPorts & Pick<Gateway, "process">,
  key: PhoneKey,
): Promise<void> {
  const left = await changePhoneRecord(ports, key, (before, now) => {
    const record = pruned(before, ports.rules.challenge, now);
    const isShorter = record.challenges.length < before.challenges.length;
    return { record: isShorter ? record : null, outcome: ok(record.challenges) };
  });
  if (!left.ok || left.value.length === 0) return;
  ports.process.codesEnd.set(key, Math.max(...left.value.map(challengeEndsAt)));
}
