import { consoleSender } from "../../../src/adapters/console/sender.ts";
import { senderSuite } from "./sender.suite.ts";

senderSuite("console", async () => {
  const sender = consoleSender({
    now: Date.now,
    outlivesClients: true,
    digest: (text: string) => text,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    sleep: async () => undefined,
    defer: () => undefined,
  });
  const delivered = () =>
    sender
      .latest()
      .map(({ channel, code, to }) => ({ to, channel, code }))
      .reverse();
  return { sender, delivered, close: async () => undefined };
});
