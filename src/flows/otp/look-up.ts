import type { PhoneKey } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { decideCustomers, endSearch } from "../../core/otp/challenge.ts";
import type { Channel } from "../../core/otp/message.ts";
import type { Challenge } from "../../core/otp/phone-record.ts";
import type { SentChallenge } from "../../core/otp/send-code.ts";
import { spellingsOf } from "../../core/phone.ts";
import { ok } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { type ScanPorts, scanForCustomersOf } from "../linking/scan-for-customers.ts";
import { changePhoneRecord, type RecordPorts } from "../state/change-record.ts";
import { type DeliverPorts, deliverCode } from "./deliver-code.ts";
import { noteDirectory } from "./directory-health.ts";
import { forgetDevice, type KnownDevice, stillSpeaksFor } from "./known-device.ts";

/** What the work after the answer needs: find, write the outcome, send. */
export type LookUpPorts = DeliverPorts &
  RecordPorts &
  ScanPorts &
  Pick<Gateway, "directory" | "process">;

/** A look-up that failed is tried again after these waits; all of them end within 20 s. */
const RETRY_AFTER_MS = [1_000, 3_000, 8_000];
/** A code that is undecided for so long is looked up again by the next request on it. */
const UNDECIDED_MS = 5_000;

/** Whether a look-up of the code must have been lost, with its process or its isolate. */
export function isLeftUndecided({ known, sends }: Challenge, now: number): boolean {
  return known === null && (sends.at(-1)?.at ?? 0) + UNDECIDED_MS <= now;
}

/**
 * Everything that depends on whose the phone is, after the answer: the look-up by index, its outcome
 * for a decoy as well, the message, and then the search for rare spellings, which may find somebody
 * yet. The search runs for a known phone too: who shares it with somebody else must be offered the
 * choice, and a user is taken by phone only where no other customer can mean it (LINKING step 8).
 */
export async function lookUpAndDeliver(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  sent: SentChallenge,
  device: KnownDevice | null,
): Promise<void> {
  const { challenge, channel, isNewSend } = sent;
  if (challenge.known === null) {
    const found = await lookUp(gateway, phoneKey, challenge);
    if (found === null) return;
    const known = found.length > 0 && (await isDevices(gateway, device, found));
    // Nobody by index: the search that follows writes the outcome, so that a stranger costs one write.
    if (known) await sendAsKnown(gateway, phoneKey, challenge, channel);
  } else if (challenge.known && isNewSend) {
    await deliverCode(gateway, phoneKey, challenge, channel);
  }
  if (challenge.searched !== true) await searchAndDeliver(gateway, phoneKey, sent, device);
}

/**
 * Whoever makes the code known sends it, so that it is sent once however many look it up. A write
 * that failed is tried again, and one that may have been done is taken for ours: a code twice is
 * better than none.
 */
async function sendAsKnown(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  { handle }: Challenge,
  channel: Channel,
): Promise<void> {
  let isUnsure = false;
  const decided = await untilAnswered(gateway, phoneKey, "the state store stayed away", () => {
    const isRetry = isUnsure;
    isUnsure = true;
    return changePhoneRecord(gateway, phoneKey, (record, now) => {
      const known = record.challenges.find((entry) => entry.handle === handle && entry.known);
      if (isRetry && known !== undefined) return { record: null, outcome: ok(known) };
      return decideCustomers(record, handle, true, gateway.rules.challenge, now);
    });
  });
  if (decided?.ok) await deliverCode(gateway, phoneKey, decided.value, channel);
}

/** The customers of the phone by index, or null where the directory stayed away. */
async function lookUp(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  { phone }: Challenge,
): Promise<readonly Customer[] | null> {
  const { process, runtime } = gateway;
  return untilAnswered(gateway, phoneKey, "the directory stayed away", async () => {
    try {
      const customers = await findCustomersOf(gateway, phone, []);
      noteDirectory(process, true, runtime.now());
      return customers;
    } catch (error) {
      noteDirectory(process, false, runtime.now());
      throw error;
    }
  });
}

/** Tries again what a store did not answer, and gives up with null, which the audit is told. */
async function untilAnswered<T>(
  { audit, log, runtime }: Pick<Gateway, "audit" | "log" | "runtime">,
  phoneKey: PhoneKey,
  detail: string,
  work: () => Promise<T>,
): Promise<T | null> {
  for (const waitMs of [...RETRY_AFTER_MS, null]) {
    try {
      return await work();
    } catch (error) {
      log.write("error", "look-up-failed", { error: String(error) });
      if (waitMs !== null) await runtime.sleep(waitMs);
    }
  }
  audit.record({ name: "otp.send-failed", phoneKey, detail });
  return null;
}

/**
 * Whether the code may be known, where a known device asked: its customer must still have the phone
 * and the user. Otherwise the code stays a decoy, and the device is forgotten.
 */
async function isDevices(
  gateway: LookUpPorts,
  device: KnownDevice | null,
  customers: readonly Customer[],
): Promise<boolean> {
  if (device === null || (await stillSpeaksFor(gateway, device, customers))) return true;
  await forgetDevice(gateway, device);
  return false;
}

/** The search for rare spellings: whom it finds makes a decoy known, and gets the code. */
async function searchAndDeliver(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  { challenge, channel }: SentChallenge,
  device: KnownDevice | null,
): Promise<void> {
  const customers = await scanForCustomersOf(gateway, challenge.phone);
  if (customers === null) return;
  const listed: readonly unknown[] = spellingsOf(challenge.phone);
  const rare = customers.filter(({ document }) => !listed.includes(document.fields["phone"]));
  const isTheirs = rare.length === 0 || (await isDevices(gateway, device, rare));
  const found = isTheirs ? rare.map(({ document }) => document.key) : [];
  let wasKnown = true;
  const searched = await changePhoneRecord(gateway, phoneKey, (record, now) => {
    const decided = endSearch(record, challenge.handle, found, gateway.rules.challenge, now);
    wasKnown = isKnown(record.challenges, challenge);
    return decided;
  });
  if (searched.ok && searched.value.known === true && !wasKnown) {
    await deliverCode(gateway, phoneKey, searched.value, channel);
  }
}

const isKnown = (challenges: readonly Challenge[], { handle }: Challenge): boolean =>
  challenges.find((entry) => entry.handle === handle)?.known === true;
