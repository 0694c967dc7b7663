import type { ClientSource } from "../../core/address/client-source.ts";
import { toBase64url } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { ChallengeHandle, Phone, PhoneKey } from "../../core/ids.ts";
import type { Decision } from "../../core/otp/challenge.ts";
import { CODE_LENGTH } from "../../core/otp/code.ts";
import type { GuessSource } from "../../core/otp/guess-source.ts";
import type { Channel, Locale } from "../../core/otp/message.ts";
import type { ChallengeVia, PhoneRecord } from "../../core/otp/phone-record.ts";
import { openChallenge, type SentChallenge } from "../../core/otp/send-code.ts";
import { activeTestPhone } from "../../core/otp/test-phone.ts";
import { parseTypedPhone } from "../../core/phone/phone.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { changePhoneRecord } from "../state/change-record.ts";
import { HANDLE_BYTES, mintReference } from "./challenge-id.ts";
import type { AskedMessage } from "./deliver-code.ts";
import { requireDirectory } from "./directory-health.ts";
import { noteCode } from "./forget-codes.ts";
import { guessSource } from "./guess-source.ts";
import { type KnownDevice, knownDevice } from "./known-device.ts";
import {
  isLeftUndecided,
  type LookUpPorts,
  lookUpAndDeliver,
  type MessageToSend,
} from "./look-up.ts";
import { providerClosed } from "./provider-health.ts";
import { roundedUp } from "./rounded-wait.ts";
import { beside, type CeilingPorts, shareOnce, takeRequestShare } from "./service-ceilings.ts";
import { type LookUpPlace, NO_PLACE, reserveLookUp } from "./waiting-look-ups.ts";

type RequestPorts = CeilingPorts & LookUpPorts;

export interface CodeRequest extends AskedMessage {
  /** As typed. */
  readonly phone: string;
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

type RequestFailure = FailureOf<
  "phone-unsupported" | "rate-limited" | "otp-rejected" | "sms-unavailable"
>;

/**
 * Opens a challenge for a phone. Every caller waits for the same work: the phone's record is read
 * and written. The phone's owner affects only the work after the answer, the look-up included, so
 * that neither the answer nor its time reveals who is a customer.
 */
export async function requestCode(
  gateway: RequestPorts,
  request: CodeRequest,
): Promise<Result<CodeSent, RequestFailure>> {
  const { keyring, rules, runtime } = gateway;
  const phone = parseTypedPhone(request.phone, rules.phone);
  if (phone === null) return fail({ reason: "phone-unsupported" });
  requireDirectory(gateway);
  const phoneKey = await keyring.phoneKey(phone);
  const [from, device] = await Promise.all([
    guessSource(gateway, phoneKey, request.source),
    knownDevice(gateway, request.deviceToken, phoneKey),
  ]);
  const closed = providerClosed(gateway);
  if (closed !== null) return fail(closed);
  // A test phone belongs to its customer by the settings, and costs nothing.
  const isTest = activeTestPhone(rules.testPhones, phone, runtime.now()) !== null;
  const place = isTest ? ok(NO_PLACE) : reserveLookUp(gateway, request.source);
  if (!place.ok) return place;
  const asked = { device, from, isTest, phone, phoneKey, place: place.value };
  return open(gateway, request, asked).finally(place.value.releaseUnlessKept);
}

/** A request, once its phone and its device are known. */
interface Asked {
  readonly phone: Phone;
  readonly phoneKey: PhoneKey;
  readonly from: GuessSource;
  readonly device: KnownDevice | null;
  readonly isTest: boolean;
  readonly place: LookUpPlace;
}

async function open(
  gateway: RequestPorts,
  request: CodeRequest,
  { device, from, isTest, phone, phoneKey, place }: Asked,
): Promise<Result<CodeSent, RequestFailure>> {
  const { audit, rules } = gateway;
  const share = shareOnce(gateway, () => takeRequestShare(gateway, request.source));
  const taking = device === null && !isTest ? beside(share.taken()) : null;
  const opened = newChallenge(gateway, request, device);
  const decide = async (
    record: PhoneRecord,
    now: number,
  ): Promise<Decision<SentChallenge, RequestFailure>> => {
    const taken = await taking;
    if (taken?.ok === false) return { record: null, outcome: taken };
    const isCustomerPhone = isTest ? true : null;
    const asked = { ...opened, phone, from, isCustomerPhone, searched: isTest, free: isTest };
    return openChallenge(record, asked, request.channel, rules.challenge, now);
  };
  const sent = await share.unlessThrown(() => changePhoneRecord(gateway, phoneKey, decide));
  if (!sent.ok) return fail(roundedUp(sent.failure, rules.challenge));
  audit.record({ name: "otp.requested", phoneKey, detail: request.channel });
  afterAnswer(gateway, phoneKey, messageFor(sent.value, request), device, place);
  return answerFor(gateway, phoneKey, sent.value);
}

/** The message as the request wants it. Neither the host nor the app's hash is stored. */
export const messageFor = (
  sent: SentChallenge,
  { appHash, host }: Pick<AskedMessage, "appHash" | "host">,
): MessageToSend => ({ ...sent, appHash, host });

function newChallenge(
  { keyring, runtime }: Pick<Gateway, "keyring" | "runtime">,
  { locale, via }: CodeRequest,
  device: KnownDevice | null,
) {
  return {
    handle: toBase64url(runtime.randomBytes(HANDLE_BYTES)) as ChallengeHandle,
    seed: toBase64url(runtime.randomBytes(32)),
    keyId: keyring.currentId,
    locale,
    found: [],
    lane: device?.customerId ?? null,
    device: device?.id ?? null,
    via,
  };
}

/**
 * The work after an answer. A request that joined a code starts no look-up of its own, unless the
 * code's own look-up was lost.
 */
export function afterAnswer(
  gateway: RequestPorts,
  phoneKey: PhoneKey,
  sent: MessageToSend,
  device: KnownDevice | null,
  place: LookUpPlace,
): void {
  noteCode(gateway, phoneKey, sent.challenge);
  const isLost = isLeftUndecided(sent.challenge, gateway.runtime.now());
  if (!sent.isNewSend && !isLost) return;
  place.keep();
  gateway.runtime.defer("deliver-code", () =>
    lookUpAndDeliver(gateway, phoneKey, sent, device, place),
  );
}

/** The client's view of a challenge with a code that was sent, or would be for a customer. */
export async function answerFor(
  gateway: Pick<Gateway, "keyring" | "runtime">,
  phoneKey: PhoneKey,
  { channel, entry, resendInSeconds }: SentChallenge,
): Promise<Result<CodeSent, FailureOf<"otp-rejected">>> {
  const challengeId = await mintReference(gateway, "challenge", phoneKey, entry);
  if (challengeId === null) return fail({ reason: "otp-rejected" });
  const remaining = entry.expiresAt - gateway.runtime.now();
  return ok({
    challengeId,
    channel,
    codeLength: CODE_LENGTH,
    expiresInSeconds: Math.max(0, Math.ceil(remaining / 1000)),
    resendInSeconds,
  });
}
