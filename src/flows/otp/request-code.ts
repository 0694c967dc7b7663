import { toBase64url } from "../../core/bytes.ts";
import type { ClientSource } from "../../core/client-source.ts";
import { type FailureOf, smsUnavailable } from "../../core/failure.ts";
import type { ChallengeHandle, PhoneKey } from "../../core/ids.ts";
import { endSearch, openChallenge, type SentChallenge } from "../../core/otp/challenge.ts";
import { CODE_LENGTH } from "../../core/otp/code.ts";
import type { Channel, Locale } from "../../core/otp/message.ts";
import type { ChallengeVia } from "../../core/otp/phone-record.ts";
import { parseTypedPhone, spellingsOf } from "../../core/phone.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { scanForCustomersOf } from "../linking/scan-for-customers.ts";
import { changePhoneRecord } from "../state/change-record.ts";
import { HANDLE_BYTES, mintReference } from "./challenge-id.ts";
import { deliverCode } from "./deliver-code.ts";
import { knownDevice, stillSpeaksFor } from "./known-device.ts";
import { takeRequestShare } from "./service-ceilings.ts";

export interface CodeRequest {
  /** As typed. */
  readonly phone: string;
  readonly channel: Channel;
  readonly locale: Locale;
  readonly deviceToken: string | undefined;
  readonly via: ChallengeVia;
  readonly source: ClientSource;
}

export interface CodeSent {
  readonly challengeId: string;
  readonly channel: Channel;
  readonly codeLength: number;
  readonly expiresInSeconds: number;
  readonly resendInSeconds: number;
}

/** When to ask again while a provider's circuit is open. */
const CIRCUIT_RETRY_MS = 30_000;

type RequestFailure = FailureOf<
  "phone-unsupported" | "rate-limited" | "otp-rejected" | "sms-unavailable"
>;

/**
 * Opens a challenge for a phone. Everyone waits for the same: the phone's record and one look-up
 * by index. Whether the number is known decides only what happens after the answer.
 */
export async function requestCode(
  gateway: Gateway,
  request: CodeRequest,
): Promise<Result<CodeSent, RequestFailure>> {
  const { audit, keyring, rules, runtime } = gateway;
  const phone = parseTypedPhone(request.phone, rules.phone);
  if (phone === null) return fail({ reason: "phone-unsupported" });
  const phoneKey = await keyring.phoneKey(phone);
  const [customers, shown] = await Promise.all([
    findCustomersOf(gateway, phone, []),
    knownDevice(gateway, request.deviceToken, phoneKey),
  ]);
  const device = shown && (await stillSpeaksFor(gateway, shown, customers)) ? shown : null;
  const closed = sendingClosed(gateway, request.channel);
  if (closed !== null) return fail(closed);
  const share = device === null ? await takeRequestShare(gateway, request.source) : null;
  if (share?.ok === false) return share;
  const opened = {
    handle: toBase64url(runtime.randomBytes(HANDLE_BYTES)) as ChallengeHandle,
    seed: toBase64url(runtime.randomBytes(32)),
    keyId: keyring.currentId,
    phone,
    locale: request.locale,
    known: customers.length > 0,
    found: [],
    lane: device?.customerId ?? null,
    device: device?.id ?? null,
    via: request.via,
  };
  const sent = await changePhoneRecord(gateway, phoneKey, (record, now) =>
    openChallenge(record, opened, request.channel, rules.challenge, now),
  );
  if (!sent.ok) return sent;
  audit.record({ name: "otp.requested", phoneKey, detail: request.channel });
  runtime.defer("deliver-code", () => deliverOrSearch(gateway, phoneKey, sent.value));
  return answerFor(gateway, phoneKey, sent.value);
}

/** Why no code can go out on this channel just now, to known and unknown alike, or null. */
export function sendingClosed(
  gateway: Gateway,
  channel: Channel,
): FailureOf<"sms-unavailable"> | null {
  if (gateway.sender.available(channel)) return null;
  const now = gateway.runtime.now();
  return smsUnavailable("circuit-open", now + CIRCUIT_RETRY_MS, now);
}

/**
 * After the answer: sends to a customer, and looks for customers in rare spellings. Not for the
 * unknown alone: who shares a phone with somebody else must be offered the choice, and a user found
 * by phone is taken only where no other customer can mean it (LINKING step 8).
 */
export async function deliverOrSearch(
  gateway: Gateway,
  phoneKey: PhoneKey,
  { challenge, channel }: SentChallenge,
): Promise<void> {
  if (challenge.known) await deliverCode(gateway, phoneKey, challenge, channel);
  const customers = await scanForCustomersOf(gateway, challenge.phone);
  if (customers === null) return;
  const listed: readonly unknown[] = spellingsOf(challenge.phone);
  const rare = customers.filter(({ document }) => !listed.includes(document.fields["phone"]));
  const found = rare.map(({ document }) => document.key);
  const revealed = await changePhoneRecord(gateway, phoneKey, (record, now) =>
    endSearch(record, challenge.handle, found, gateway.rules.challenge, now),
  );
  if (revealed.ok && revealed.value.known && !challenge.known) {
    await deliverCode(gateway, phoneKey, revealed.value, channel);
  }
}

/** What the client learns of a challenge whose code is on its way, or would be. */
export async function answerFor(
  gateway: Gateway,
  phoneKey: PhoneKey,
  { challenge, channel, resendInSeconds }: SentChallenge,
): Promise<Result<CodeSent, FailureOf<"otp-rejected">>> {
  const challengeId = await mintReference(gateway, "challenge", phoneKey, challenge);
  if (challengeId === null) return fail({ reason: "otp-rejected" });
  const remaining = challenge.expiresAt - gateway.runtime.now();
  return ok({
    challengeId,
    channel,
    codeLength: CODE_LENGTH,
    expiresInSeconds: Math.max(0, Math.ceil(remaining / 1000)),
    resendInSeconds,
  });
}
