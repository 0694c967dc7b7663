import { consoleSender } from "../../../src/adapters/console/sender.ts";
import { senderSuite } from "./sender.suite.ts";

senderSuite("console", async () => {
  const sender = consoleSender({
    now: Date.now,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  const delivered = () =>
    sender
      .latest()
      .map(({ channel, code, to }) => ({ to, channel, code }))
      .reverse();
  return { sender, delivered, close: async () => undefined };
});
