import type { Phone } from "../core/ids.ts";
import type { Channel, CodeMessage, Locale } from "../core/otp/message.ts";
import type { Result } from "../core/result.ts";

export interface SendFailure {
  /** The provider's own error code, or a word of ours; never a phone or a text. */
  readonly code: string;
}

/** Hands one message to a provider, at most once a call. What goes wrong comes back as a value. */
export interface CodeSender {
  readonly provider: string;
  readonly channels: readonly Channel[];
  /**
   * Asks the provider something that costs nothing and sends nothing: true where it serves us. Null
   * where there is nothing to ask. Unlike the outcome of a send, which only a customer's number has,
   * the answer may be seen by everybody.
   */
  readonly probe: (() => Promise<boolean>) | null;
  send(message: CodeMessage): Promise<Result<{ readonly messageId: string }, SendFailure>>;
  /** Tells the provider that the code it carried was shown, where it wants to know. */
  reportShown(to: Phone): Promise<void>;
}

/** What a provider's callback says became of a message. */
export interface DeliveryReport {
  readonly messageId: string;
  /** The provider's own word: `delivered`, `undelivered`, `failed` ... */
  readonly status: string;
  /** The provider's own error code, or null. */
  readonly errorCode: string | null;
}

export interface DeliveryReports {
  /** Where the provider calls back, below `/webhooks/`. */
  readonly path: string;
  /** The header that has the provider's signature. */
  readonly signatureHeader: string;
  /** @returns null where the callback is not the provider's own: bad signature, wrong account */
  read(
    url: string,
    form: URLSearchParams,
    signature: string | null,
  ): Promise<DeliveryReport | null>;
}

/** A key that was pressed in a call of ours: somebody listens who can be told the code. */
export interface KeyPress {
  /** `CodeMessage.reference` of the call. */
  readonly reference: string;
  /** The phone that was called, as the provider says. */
  readonly to: string;
  /** The provider's own id of the call; null where it gave none. */
  readonly messageId: string | null;
}

/** Calls that speak a code only after a key was pressed. */
export interface VoiceCalls {
  /** Where the provider asks what to say, below `/webhooks/`. */
  readonly path: string;
  readonly signatureHeader: string;
  /** @returns null where the question is not the provider's own, or no key was pressed */
  read(url: string, form: URLSearchParams, signature: string | null): Promise<KeyPress | null>;
  /** The media type of a script. */
  readonly type: "text/xml";
  /** What the call goes on with. @param code null where it is over */
  script(locale: Locale, code: string | null): string;
}

export interface OutboxMessage extends CodeMessage {
  readonly sentAt: number;
}

/** The messages that a development sender kept instead of sending them. */
export interface Outbox {
  /** Newest first. */
  latest(): readonly OutboxMessage[];
  /** Whether a message came since the last call: each message is news once. */
  takeNews(): boolean;
}

/** A provider of messages as it is used: what sends, and what reads its callbacks. */
export interface OpenProvider {
  readonly sender: CodeSender;
  /** Null where the provider calls nobody back. */
  readonly deliveryReports: DeliveryReports | null;
  /** Null where the provider does not ask what a call says. */
  readonly voiceCalls: VoiceCalls | null;
  /** Null where messages leave. */
  readonly outbox: Outbox | null;
}
