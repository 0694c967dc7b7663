import type { Channel, CodeMessage } from "../core/message.ts";
import type { Result } from "../core/result.ts";

export interface SendFailure {
  /** The provider's own error code, or a word of ours; never a phone or a text. */
  readonly code: string;
}

/** Hands one message to a provider, at most once a call. What goes wrong comes back as a value. */
export interface CodeSender {
  readonly provider: string;
  readonly channels: readonly Channel[];
  send(message: CodeMessage): Promise<Result<{ readonly messageId: string }, SendFailure>>;
}

export interface OutboxMessage extends CodeMessage {
  readonly sentAt: number;
}

/** What a development sender kept instead of sending it. */
export interface Outbox {
  /** Newest first. */
  latest(): readonly OutboxMessage[];
}
