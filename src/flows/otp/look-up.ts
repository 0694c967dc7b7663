import type { PhoneKey } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { decideCustomers, endSearch } from "../../core/otp/challenge.ts";
import type { Challenge } from "../../core/otp/phone-record.ts";
import type { SentChallenge } from "../../core/otp/send-code.ts";
import { spellingsOf } from "../../core/phone/phone.ts";
import { ok } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { findLegacyUser } from "../linking/find-legacy-user.ts";
import { type ScanPorts, scanForCustomersOf } from "../linking/scan-for-customers.ts";
import { changePhoneRecord, type RecordPorts } from "../state/change-record.ts";
import { type AskedMessage, type DeliverPorts, deliverCode } from "./deliver-code.ts";
import { noteDirectory } from "./directory-health.ts";
import { forgetDevice, type KnownDevice, stillSpeaksFor } from "./known-device.ts";
import { type LookUpPlace, lookUpTogether } from "./waiting-look-ups.ts";

/** The ports of the work after the answer: find, write the outcome, send. */
export type LookUpPorts = DeliverPorts &
  RecordPorts &
  ScanPorts &
  Pick<Gateway, "directory" | "process">;

/** The send of one request, with the host of its page. */
export type MessageToSend = SentChallenge & AskedMessage;

/** Waits before the retries of a failed look-up; all of them end within 20 s. */
const RETRY_AFTER_MS = [1_000, 3_000, 8_000];
/** A code that stays undecided for this long is looked up again by the next request on it. */
const UNDECIDED_MS = 5_000;

/** Whether the code's look-up must have been lost, with its process or its isolate. */
export function isLeftUndecided({ isCustomerPhone, sends }: Challenge, now: number): boolean {
  return isCustomerPhone === null && (sends.at(-1)?.at ?? 0) + UNDECIDED_MS <= now;
}

/**
 * All work after the answer that depends on the phone's owner: the look-up by index, its outcome
 * for a decoy as well, the message, and then the search for rare spellings, which may still find a
 * customer. The search runs for a known phone too: a customer who shares the phone must be offered
 * the choice, and a user is taken by phone only where no other customer could have that user
 * (LINKING step 8).
 */
export async function lookUpAndDeliver(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  sent: MessageToSend,
  device: KnownDevice | null,
  place: LookUpPlace,
): Promise<void> {
  const { challenge, isNewSend } = sent;
  if (challenge.isCustomerPhone !== null) place.release();
  if (challenge.isCustomerPhone === null) {
    const found = await lookUp(gateway, phoneKey, challenge).finally(place.release);
    if (found === null) return;
    const isCustomerPhone = found.length > 0 && (await isDevices(gateway, device, found));
    // No customer by index: the search writes the outcome, so that a stranger costs one write.
    if (isCustomerPhone) await sendAsKnown(gateway, phoneKey, sent);
  } else if (challenge.isCustomerPhone && isNewSend) {
    await deliverCode(gateway, phoneKey, challenge, sent);
  }
  if (challenge.searched !== true) await searchAndDeliver(gateway, phoneKey, sent, device);
}

/**
 * The look-up that makes the code known sends it, so that parallel look-ups send it once. A failed
 * write is tried again, and a write with an unknown result counts as ours: a code twice is better
 * than none.
 */
async function sendAsKnown(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  sent: MessageToSend,
): Promise<void> {
  const { handle } = sent.challenge;
  let isUnsure = false;
  const decided = await untilAnswered(gateway, phoneKey, "the state store stayed away", () => {
    const isRetry = isUnsure;
    isUnsure = true;
    return changePhoneRecord(gateway, phoneKey, (record, now) => {
      const revealed = record.challenges.find(
        (entry) => entry.handle === handle && entry.isCustomerPhone,
      );
      if (isRetry && revealed !== undefined) return { record: null, outcome: ok(revealed) };
      return decideCustomers(record, handle, true, gateway.rules.challenge, now);
    });
  });
  if (decided?.ok) await deliverOnEach(gateway, phoneKey, decided.value, sent);
}

/**
 * The one look-up that made the code known sends every message that was asked for until then: a
 * call that was asked for meanwhile finds the code known, and sends nothing by itself.
 */
async function deliverOnEach(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  challenge: Challenge,
  { appHash, channel, host }: MessageToSend,
): Promise<void> {
  const channels = new Set([channel, ...challenge.sends.map((send) => send.channel)]);
  const messages = [...channels].map((each) => ({ channel: each, appHash, host }));
  await Promise.all(messages.map((each) => deliverCode(gateway, phoneKey, challenge, each)));
}

/** The customers of the phone by index, or null where the directory stayed down. */
async function lookUp(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  { phone }: Challenge,
): Promise<readonly Customer[] | null> {
  const { process, runtime } = gateway;
  return untilAnswered(gateway, phoneKey, "the directory stayed away", async () => {
    try {
      const customers = await lookUpTogether(gateway, phone);
      noteDirectory(process, true, runtime.now());
      return customers;
    } catch (error) {
      noteDirectory(process, false, runtime.now());
      throw error;
    }
  });
}

/** Retries while a store does not answer. Gives up with null, and records that in the audit. */
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
 * Whether a known device's code may become known: its customer must still have the phone and the
 * user. Otherwise the code stays a decoy, and the device is forgotten.
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

/**
 * The search for rare spellings: a customer that it finds makes a decoy known, and gets the code.
 */
async function searchAndDeliver(
  gateway: LookUpPorts,
  phoneKey: PhoneKey,
  sent: MessageToSend,
  device: KnownDevice | null,
): Promise<void> {
  const { challenge } = sent;
  const customers = await scanForCustomersOf(gateway, challenge.phone);
  if (customers === null) return;
  const listed: readonly unknown[] = spellingsOf(challenge.phone);
  const rare = customers.filter(({ document }) => !listed.includes(document.fields["phone"]));
  const isTheirs = rare.length === 0 || (await isDevices(gateway, device, rare));
  const found = isTheirs ? rare.map(({ document }) => document.key) : [];
  const legacyUser =
    customers.length === 0 && challenge.isCustomerPhone !== true
      ? await findLegacyUser(gateway, challenge.phone)
      : null;
  let wasKnown = true;
  const searched = await changePhoneRecord(gateway, phoneKey, (record, now) => {
    const { rules } = gateway;
    const isLegacy = legacyUser !== null;
    const decided = endSearch(record, challenge.handle, found, rules.challenge, now, isLegacy);
    wasKnown = isKnown(record.challenges, challenge);
    return decided;
  });
  if (searched.ok && searched.value.isCustomerPhone === true && !wasKnown) {
    await deliverOnEach(gateway, phoneKey, searched.value, sent);
  }
}

const isKnown = (challenges: readonly Challenge[], { handle }: Challenge): boolean =>
  challenges.find((entry) => entry.handle === handle)?.isCustomerPhone === true;
