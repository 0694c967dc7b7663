import type VoiceResponse from "twilio/lib/twiml/VoiceResponse.js";
import { describe, expect, it } from "vitest";
import {
  callScript,
  greetingScript,
  overScript,
  VOICES,
} from "../../../../src/adapters/twilio/call-script.ts";
import { LOCALES } from "../../../../src/core/otp/message.ts";

/** The SDK's types list every voice and language that Twilio has. */
VOICES satisfies Readonly<Record<string, VoiceResponse.SayAttributes>>;

const saidIn = (script: string): readonly string[] =>
  [...script.matchAll(/<Say [^>]*>([^<]*)<\/Say>/g)].map(([, text]) => text ?? "");

describe("the script of a call", () => {
  it("the script of a call says the code twice, each digit on its own with a pause after it", () => {
    const script = callScript("en", "4072", "EarlyBird");
    const digits = ["four", "zero", "seven", "two"];
    expect(saidIn(script)).toEqual([
      "Your EarlyBird login code is:",
      ...digits,
      "Once more, your code is:",
      ...digits,
    ]);
    expect(script.match(/<\/Say><Pause length="1"\/>/g)).toHaveLength(10);
  });

  it.each(["en", "hi"] as const)(
    "the script of a call speaks in a voice of the language: %s",
    (locale) => {
      const { language, voice } = VOICES[locale];
      expect(voice).toContain(language);
      expect(language.startsWith(`${locale}-`)).toBe(true);
      expect(callScript(locale, "1", "x")).toContain(
        `<Say voice="${voice}" language="${language}">`,
      );
    },
  );

  it("the script of a call is English where there are no spoken words in the customer's language", () => {
    for (const locale of LOCALES.filter((each) => each !== "hi")) {
      expect(callScript(locale, "1", "x")).toBe(callScript("en", "1", "x"));
      expect(greetingScript(locale, "x", "/k")).toBe(greetingScript("en", "x", "/k"));
      expect(overScript(locale)).toBe(overScript("en"));
    }
  });

  it("the script of a call takes any brand without becoming another script", () => {
    const brand = `A&B </Say><Dial>+911</Dial> "x" 'y' \u0000\u0008\ufffe\ud800`;
    const script = callScript("en", "1", brand);
    expect(script).toContain(
      "A&amp;B &lt;/Say&gt;&lt;Dial&gt;+911&lt;/Dial&gt; &quot;x&quot; &apos;y&apos; ",
    );
    expect(script).not.toContain("<Dial>");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
    expect(script).not.toMatch(/[\u0000-\u0008\ufffe\ud800-\udfff]/);
  });

  it("the script of a call asks for a key three times before it says anything else, and has no code in it", () => {
    for (const locale of LOCALES) {
      const script = greetingScript(locale, "A&B", "https://door.example/v?call=x&y");
      const gathers = [...script.matchAll(/<Gather ([^>]*)>(.*?)<\/Gather>/g)];
      expect(gathers).toHaveLength(3);
      for (const [, attributes, said = ""] of gathers) {
        expect(attributes).toContain('action="https://door.example/v?call=x&amp;y"');
        expect(attributes).toContain('numDigits="1" finishOnKey=""');
        expect(saidIn(said)).toHaveLength(2);
      }
      expect(script.replace(/<Gather .*<\/Gather>/, "")).not.toContain("<Say");
      expect(script.length).toBeLessThan(4000);
    }
  });

  it("the script of a call stays below Twilio's 4,000 characters", () => {
    for (const locale of LOCALES) {
      expect(callScript(locale, "7777777777", "&".repeat(40)).length).toBeLessThan(4000);
    }
  });
});
