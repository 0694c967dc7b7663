import { describe, expect } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import {
  CHANNELS,
  type Channel,
  type CodeMessage,
  LOCALES,
} from "../../../src/core/otp/message.ts";
import type { CodeSender } from "../../../src/ports/sms.ts";
import { type Exemptions, promises } from "../state/promise.ts";

/** One message as whoever it was for gets it. */
interface Delivered {
  readonly to: string;
  readonly channel: Channel;
  readonly code: string;
}

export interface SenderInstance {
  readonly sender: CodeSender;
  /** In the order of their arrival. */
  delivered(): readonly Delivered[];
  close(): Promise<void>;
}

const PHONE = "+919876543210" as Phone;

/** The promises of `CodeSender` in `src/ports/sms.ts`, for any provider that is up. */
export function senderSuite(
  name: string,
  make: () => Promise<SenderInstance>,
  exemptions: Exemptions = {},
): void {
  const instance = (test: (made: SenderInstance) => Promise<void>) => async () => {
    const made = await make();
    try {
      await test(made);
    } finally {
      await made.close();
    }
  };

  describe(`sender: ${name}`, () => {
    promises("a sender", exemptions, (promised) => {
      promised(
        "names its provider, and offers channels without repeating one",
        instance(async ({ sender }) => {
          expect(sender.provider).toMatch(/^[a-z-]{3,20}$/);
          expect(sender.channels.length).toBeGreaterThan(0);
          expect(new Set(sender.channels).size).toBe(sender.channels.length);
          expect(CHANNELS).toEqual(expect.arrayContaining([...sender.channels]));
        }),
      );

      promised(
        "says when asked that it serves, and sends nothing for it",
        instance(async ({ delivered, sender }) => {
          expect(await (sender.probe?.() ?? true)).toBe(true);
          expect(delivered()).toEqual([]);
        }),
      );

      promised(
        "hands over one message a call, with the code, in every locale and on every channel",
        instance(async ({ delivered, sender }) => {
          // To one phone each: Verify takes no more than five for a phone.
          const kinds = sender.channels.flatMap((channel) =>
            LOCALES.map((locale) => ({ channel, locale })),
          );
          const messages = kinds.map((kind, i) =>
            messageOf({ ...kind, to: `+91987654${3210 + i}` as Phone, code: `0123${45 + i}` }),
          );
          for (const message of messages) {
            expect((await sender.send(message)).ok).toBe(true);
            expect(delivered().at(-1)).toEqual(deliveryOf(message));
          }
          expect(delivered()).toHaveLength(messages.length);
        }),
      );

      promised(
        "gives every message an id of its own, the same message sent again included",
        instance(async ({ delivered, sender }) => {
          const message = messageOf({});
          const sent = [await sender.send(message), await sender.send(message)];
          const ids = sent.map((each) => (each.ok ? each.value.messageId : ""));
          expect(ids.every((id) => /^[\w-]{8,64}$/.test(id))).toBe(true);
          expect(delivered()).toEqual([deliveryOf(message), deliveryOf(message)]);
        }),
      );

      promised(
        "hands over each of 20 parallel messages once",
        instance(async ({ delivered, sender }) => {
          const messages = Array.from({ length: 20 }, (_, i) =>
            messageOf({ to: `+9198765432${10 + i}` as Phone, code: `7100${10 + i}` }),
          );
          const sent = await Promise.all(messages.map((message) => sender.send(message)));
          const ids = sent.map((each) => (each.ok ? each.value.messageId : ""));
          expect(new Set(ids).size).toBe(20);
          const byCode = [...delivered()].sort((a, b) => a.code.localeCompare(b.code));
          expect(byCode).toEqual(messages.map(deliveryOf));
        }),
      );

      promised(
        "may be told that a code was shown, whether it sent one or not, and sends none for it",
        instance(async ({ delivered, sender }) => {
          await expect(sender.reportShown(PHONE)).resolves.toBeUndefined();
          await sender.send(messageOf({}));
          await expect(sender.reportShown(PHONE)).resolves.toBeUndefined();
          await expect(sender.reportShown(PHONE)).resolves.toBeUndefined();
          expect(delivered()).toHaveLength(1);
        }),
      );
    });
  });
}

function messageOf(changes: Partial<CodeMessage>): CodeMessage {
  const code = changes.code ?? "000418";
  const text = `${code} is your EarlyBird login code.\n\n@localhost #${code}`;
  const reference = referenceOf(code);
  return { to: PHONE, channel: "sms", locale: "en", reference, text, ...changes, code };
}

/** Stands for a code where a message names it without having it. */
export const referenceOf = (code: string): string => `ref-${code}`;

const deliveryOf = ({ channel, code, to }: CodeMessage): Delivered => ({ to, channel, code });
