import { toBase64url } from "../../core/bytes.ts";
import { CHANNELS } from "../../core/otp/message.ts";
import { ok } from "../../core/result.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { CodeSender, Outbox, OutboxMessage } from "../../ports/sms.ts";

const KEPT = 100;

/**
 * The sender of development: keeps its last messages in memory, for /dev/outbox. It prints nothing,
 * because printed text ends in a log.
 */
export function consoleSender({
  now,
  randomBytes,
}: Pick<Runtime, "now" | "randomBytes">): CodeSender & Outbox {
  let messages: readonly OutboxMessage[] = [];
  let hasNews = false;
  return {
    provider: "console",
    channels: CHANNELS,
    probe: null,
    async send(message) {
      messages = [{ ...message, sentAt: now() }, ...messages].slice(0, KEPT);
      hasNews = true;
      return ok({ messageId: toBase64url(randomBytes(9)) });
    },
    reportShown: async () => undefined,
    latest: () => messages,
    takeNews() {
      const news = hasNews;
      hasNews = false;
      return news;
    },
  };
}
