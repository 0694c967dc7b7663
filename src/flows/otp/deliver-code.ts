import { storedBytes } from "../../core/bytes.ts";
import type { PhoneKey } from "../../core/ids.ts";
import { deriveCode } from "../../core/otp/code.ts";
import { type Channel, composeAppText, composeText } from "../../core/otp/message.ts";
import type { Challenge } from "../../core/otp/phone-record.ts";
import { activeTestPhone } from "../../core/otp/test-phone.ts";
import type { Gateway } from "../gateway.ts";
import { mintReference } from "./challenge-id.ts";

export type DeliverPorts = Pick<
  Gateway,
  "audit" | "keyring" | "log" | "rules" | "runtime" | "sender"
>;

/** A message, as the request for it wants it. */
export interface AskedMessage {
  readonly channel: Channel;
  /**
   * Host of the asking page, for the message's last line: only there do phones fill the code in. It
   * is a value of the settings, never the client's own text. Null: OTP_DOMAIN.
   */
  readonly host: string | null;
  /** The hash of the asking app, for Android's SMS Retriever; a value of the settings too. */
  readonly appHash: string | null;
}

/** The challenge's code, or null where its key has left SECRET_KEYS. */
export async function codeOf(
  { keyring, rules, runtime }: Pick<Gateway, "keyring" | "rules" | "runtime">,
  challenge: Challenge,
): Promise<string | null> {
  const { keyId, handle, phone, seed } = challenge;
  const test = activeTestPhone(rules.testPhones, phone, runtime.now());
  if (test !== null) return test.code;
  return deriveCode(keyring, keyId, handle, storedBytes(seed));
}

/**
 * Sends the challenge's code once, after the answer. The provider's result goes only to log and
 * audit: an answer that depended on it would tell strangers which numbers are known.
 */
export async function deliverCode(
  gateway: DeliverPorts,
  phoneKey: PhoneKey,
  challenge: Challenge,
  { appHash, channel, host }: AskedMessage,
): Promise<void> {
  const { audit, log, rules, sender } = gateway;
  const { locale, phone: to } = challenge;
  if (activeTestPhone(rules.testPhones, to, gateway.runtime.now()) !== null) return;
  const code = await codeOf(gateway, challenge);
  const reference = await mintReference(gateway, "voice", phoneKey, challenge);
  if (code === null || reference === null) return;
  const ttlSeconds = rules.challenge.ttlMs / 1000;
  const forApp =
    appHash === null ? null : composeAppText(locale, code, ttlSeconds, rules.message, appHash);
  const text = forApp ?? composeText(locale, code, ttlSeconds, rules.message, host ?? undefined);
  const sent = await sender.send({ to, channel, locale, code, reference, text });
  if (sent.ok) {
    const { messageId } = sent.value;
    audit.record({ name: "otp.sent", phoneKey, messageId, detail: channel });
    return;
  }
  const reason = sent.failure.code;
  log.write("error", "send-failed", { provider: sender.provider, channel, reason });
  audit.record({ name: "otp.send-failed", phoneKey, detail: `${channel} ${reason}` });
}
