import { describe, expect, test } from "vitest";
import { PAGE_LANGUAGES } from "../../../src/core/login-page.ts";
import { LANGUAGES } from "../../../src/login/languages/all.ts";
import { en } from "../../../src/login/languages/en.ts";
import { languageFor, wordsIn } from "../../../src/login/words.ts";

/** Every text of a language by its name, plural forms and problems included. */
function textsOf(value: object, path = ""): [name: string, text: string][] {
  return Object.entries(value).flatMap(([name, inner]): [string, string][] =>
    typeof inner === "string" ? [[`${path}${name}`, inner]] : textsOf(inner, `${path}${name}.`),
  );
}

const placeholdersIn = (text: string): readonly string[] =>
  [...text.matchAll(/\{(\w+)\}/g)]
    .map(([, name = ""]) => (name === "a_brand" ? "brand" : name))
    .sort();

const ENGLISH = new Map(textsOf(en.sentences));
const SCRIPTS: Readonly<Record<string, RegExp>> = {
  hi: /\p{Script=Devanagari}/u,
  mr: /\p{Script=Devanagari}/u,
  kn: /\p{Script=Kannada}/u,
  ta: /\p{Script=Tamil}/u,
  te: /\p{Script=Telugu}/u,
  bn: /\p{Script=Bengali}/u,
  ml: /\p{Script=Malayalam}/u,
  gu: /\p{Script=Gujarati}/u,
  pa: /\p{Script=Gurmukhi}/u,
  or: /\p{Script=Oriya}/u,
};

describe.each(PAGE_LANGUAGES.map((language) => [language, LANGUAGES[language]] as const))(
  "the sentences in %s",
  (language, { name, readByNativeSpeaker, sentences }) => {
    const texts = textsOf(sentences);

    test("have the placeholders of the English ones, each", () => {
      for (const [key, text] of texts) {
        expect([key, placeholdersIn(text)]).toEqual([key, placeholdersIn(ENGLISH.get(key) ?? "")]);
      }
      expect(texts.map(([key]) => key).sort()).toEqual([...ENGLISH.keys()].sort());
    });

    test("are in its own script, and so is its name", () => {
      const script = SCRIPTS[language];
      if (script === undefined) return;
      for (const text of [name, ...texts.map(([, sentence]) => sentence)]) {
        expect(text).toMatch(script);
        // A letter of another Indian script would be a slip of the keyboard.
        expect(text.replace(/[\u0964\u0965]/g, "")).not.toMatch(othersThan(script));
      }
    });

    test("hold no markup, no double space and no space at an end", () => {
      for (const [, text] of texts) expect(text).not.toMatch(/[<>&]| {2}|^ | $/);
    });

    test("say by their file that no native speaker has read them yet", () => {
      expect(readByNativeSpeaker).toBe(false);
    });
  },
);

function othersThan(script: RegExp): RegExp {
  const names = [...new Set(Object.values(SCRIPTS).map(({ source }) => source))];
  return new RegExp(`[${names.filter((name) => name !== script.source).join("")}]`, "u");
}

describe("numbers and times", () => {
  const inLanguage = (language: (typeof PAGE_LANGUAGES)[number]) =>
    wordsIn(language, { brand: "EarlyBird" }, { region: "IN", timeZone: "Asia/Kolkata" });

  test("have the plural forms of the language", () => {
    const { count, sentences } = inLanguage("en");
    expect(count(sentences.triesLeft, 1)).toBe("1 try left.");
    expect(count(sentences.triesLeft, 4)).toBe("4 tries left.");
    const hindi = inLanguage("hi");
    expect(hindi.count(hindi.sentences.triesLeft, 4)).toBe("4 कोशिशें बाकी हैं।");
  });

  test("of a wait are seconds below two minutes, then minutes, then hours, rounded up", () => {
    const { wait } = inLanguage("en");
    expect([0, 1, 119, 121, 7200, 86_399].map(wait)).toEqual([
      ...["1 second", "1 second", "119 seconds", "3 minutes", "120 minutes", "24 hours"],
    ]);
    expect(inLanguage("hi").wait(30)).toBe("30 सेकंड");
    expect(inLanguage("bn").wait(30)).toBe("৩০ সেকেন্ড");
  });

  test("of a lock are told by the customer's own clock", () => {
    const at = Date.parse("2026-11-22T18:45:00Z");
    expect(inLanguage("en").time(at)).toMatch(/^Monday.* 12:15\sam$/);
  });

  test("are never missing: a placeholder that nothing fills stays to be seen", () => {
    expect(inLanguage("en").fill("{brand} {nothing}")).toBe("EarlyBird {nothing}");
  });
});

describe("the language of a page", () => {
  const offered = ["en", "hi", "kn"] as const;

  test.each([
    ["the one that was chosen on it, whatever the browser says", "kn", "hi", "kn"],
    ["the browser's first that is offered", undefined, "fr, kn-IN;q=0.8, hi;q=0.9", "hi"],
    ["the first that is offered, where the browser asks for none of them", undefined, "fr", "en"],
    ["the first that is offered, where the browser says nothing", undefined, undefined, "en"],
    ["not one that is refused by a weight of 0", undefined, "hi;q=0, kn;q=0.1", "kn"],
    ["not one that is not offered, though it was chosen", "ta", "kn", "kn"],
    ["the first that is offered, where the header is noise", undefined, ";;q=x,,*;q=", "en"],
  ])("is %s", (_, chosen, header, expected) => {
    expect(languageFor(offered, chosen, header)).toBe(expected);
  });
});
