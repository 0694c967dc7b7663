import type { Phone } from "../core/ids.ts";
import type { Channel, CodeMessage, Locale } from "../core/otp/message.ts";
import type { Result } from "../core/result.ts";

export interface SendFailure {
  /** The provider's error code, or a word of ours; never a phone or a text. */
  readonly code: string;
}

/** Hands one message to a provider, at most once a call. A failure is returned, not thrown. */
export interface CodeSender {
  readonly provider: string;
  readonly channels: readonly Channel[];
  /**
   * Asks the provider a question that costs nothing and sends nothing: true where the provider
   * serves us. Null where the provider has no such question. Any caller may learn the answer:
   * unlike the outcome of a send, it does not depend on whether a phone is a customer's.
   */
  readonly probe: (() => Promise<boolean>) | null;
  send(message: CodeMessage): Promise<Result<{ readonly messageId: string }, SendFailure>>;
  /** Tells the provider that its code was entered, where the provider has such a call. */
  reportShown(to: Phone): Promise<void>;
}

/** The state of one message, from the provider's callback. */
export interface DeliveryReport {
  readonly messageId: string;
  /** The provider's word: `delivered`, `undelivered`, `failed` ... */
  readonly status: string;
  /** The provider's error code, or null. */
  readonly errorCode: string | null;
}

export interface DeliveryReports {
  /** The callback's path, below `/webhooks/`. */
  readonly path: string;
  /** The header with the provider's signature. */
  readonly signatureHeader: string;
  /** @returns null for a callback that is not the provider's: bad signature, wrong account */
  read(
    url: string,
    form: URLSearchParams,
    signature: string | null,
  ): Promise<DeliveryReport | null>;
}

/** A key press in a call of ours: a person listens and can be told the code. */
export interface KeyPress {
  /** `CodeMessage.reference` of the call. */
  readonly reference: string;
  /** The called phone, as the provider names it. */
  readonly to: string;
  /** The provider's own id of the call; null where it gave none. */
  readonly messageId: string | null;
}

/** Calls that say a code only after a key press. */
export interface VoiceCalls {
  /** The path at which the provider asks for the call's next script, below `/webhooks/`. */
  readonly path: string;
  readonly signatureHeader: string;
  /** @returns null for a request that is not the provider's, or without a key press */
  read(url: string, form: URLSearchParams, signature: string | null): Promise<KeyPress | null>;
  /** The media type of a script. */
  readonly type: "text/xml";
  /** The next script of the call. @param code null where the code is over */
  script(locale: Locale, code: string | null): string;
}

export interface OutboxMessage extends CodeMessage {
  readonly sentAt: number;
}

/** Messages that a development sender kept and did not send. */
export interface Outbox {
  /** Newest first. */
  latest(): readonly OutboxMessage[];
  /** Whether a message came since the last call. Each message is reported once. */
  takeNews(): boolean;
}

/** An open provider of messages: its sender, and the readers of its callbacks. */
export interface OpenProvider {
  readonly sender: CodeSender;
  /** Null where the provider makes no status callbacks. */
  readonly deliveryReports: DeliveryReports | null;
  /**
   * Asks the provider for the state of one message: a command gets no callback, because those go to
   * the running gateway. The result is null where the provider does not tell it now. Null where the
   * provider has no such question.
   */
  readonly readReport: ((messageId: string) => Promise<DeliveryReport | null>) | null;
  /** Null where the provider does not ask for scripts. */
  readonly voiceCalls: VoiceCalls | null;
  /** Null where messages are sent. */
  readonly outbox: Outbox | null;
}
