import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  composeAppText,
  composeText,
  DEFAULT_TEMPLATES,
  LOCALES,
  localeFrom,
} from "../../../../src/core/otp/message.ts";

const RULES = {
  templates: DEFAULT_TEMPLATES,
  brand: "EarlyBird",
  domain: "login.earlybird.example",
};
const withTemplate = (en: string) => ({ ...RULES, templates: { ...DEFAULT_TEMPLATES, en } });

describe("the text of a message", () => {
  it("the text of a message is the English template with its placeholders filled", () => {
    expect(composeText("en", "012345", 300, RULES)).toBe(
      "012345 is your EarlyBird login code. It expires in 5 minutes. Do not share it with anyone.\n\n@login.earlybird.example #012345",
    );
  });
  it("the text of a message is the Hindi one where that was asked for", () => {
    const text = composeText("hi", "012345", 300, RULES);
    expect(text).toContain("012345 आपका EarlyBird लॉगिन कोड है");
    expect(text).toContain("5 मिनट");
  });
  it("the text of a message ends with a line that WICG sms-one-time-codes can read, for this host and this code alone", () => {
    for (const locale of LOCALES) {
      const last = composeText(locale, "012345", 300, RULES).split("\n").at(-1) ?? "";
      expect(last).toBe("@login.earlybird.example #012345");
      const [, host, code] = /^@([a-z0-9.-]+) #([^ \n#%]+)$/.exec(last) ?? [];
      expect([host, code]).toEqual(["login.earlybird.example", "012345"]);
    }
  });
  it("the text of a message leaves no placeholder of a default template open", () => {
    for (const locale of LOCALES)
      expect(composeText(locale, "012345", 300, RULES)).not.toMatch(/[{}]/);
  });
  it("the text of a message may use a placeholder twice or not at all, in any order", () => {
    const rules = withTemplate("<#> {brand}: {code} {code} ({minutes} min)");
    expect(composeText("en", "012345", 120, rules)).toBe("<#> EarlyBird: 012345 012345 (2 min)");
    expect(composeText("en", "012345", 120, withTemplate("{code}"))).toBe("012345");
  });
  it("the text of a message fills each placeholder once: a brand that looks like one, or like $&, stays a brand", () => {
    const rules = { ...withTemplate("{brand} {code}"), brand: "{code} $& $1 {origin_line}" };
    expect(composeText("en", "012345", 300, rules)).toBe("{code} $& $1 {origin_line} 012345");
  });
  it("the text of a message leaves what is no placeholder as the operator registered it", () => {
    const odd = "{code} {other} {} { code } {{code}}";
    expect(composeText("en", "012345", 300, withTemplate(odd))).toBe(
      "012345 {other} {} { code } {012345}",
    );
  });
  it("the text of a message promises whole minutes, and no second more than there is", () => {
    const minutes = (seconds: number) => composeText("en", "1", seconds, withTemplate("{minutes}"));
    expect([60, 90, 119, 120, 900].map(minutes)).toEqual(["1", "1", "1", "2", "15"]);
  });
});

const HASH = "FA+9qCX9VSu";
const bytesOf = (text: string | null): number => Buffer.byteLength(text ?? "");

describe("the text of a message for an app with an SMS Retriever hash", () => {
  it("the text of a message for an app ends with the hash, below the line for phones, in 140 bytes at most", () => {
    const text = composeAppText("en", "012345", 300, RULES, HASH);
    expect(text).toBe(`${composeText("en", "012345", 300, RULES)}\n${HASH}`);
    expect(bytesOf(text)).toBeLessThanOrEqual(140);
  });
  it("the text of a message for an app gives up the line for phones where the whole would have 141 bytes", () => {
    const at = (length: number) => ({ ...RULES, domain: "d".repeat(length) });
    const usual = bytesOf(composeAppText("en", "012345", 300, at(1), HASH));
    const longest = at(1 + 140 - usual);
    expect(bytesOf(composeAppText("en", "012345", 300, longest, HASH))).toBe(140);
    const { domain } = longest;
    const short = composeAppText("en", "012345", 300, { ...RULES, domain: `${domain}d` }, HASH);
    expect(short).toBe(
      `012345 is your EarlyBird login code. It expires in 5 minutes. Do not share it with anyone.\n${HASH}`,
    );
  });
  it("the text of a message for an app is none where it is too long with the hash alone", () => {
    expect(composeAppText("hi", "012345", 300, RULES, HASH)).toBeNull();
    const text = composeAppText("en", "012345", 300, { ...RULES, brand: "B".repeat(60) }, HASH);
    expect(text).toBeNull();
  });
  it("the text of a message for an app has the hash also where the template has no line for phones", () => {
    expect(composeAppText("en", "012345", 300, withTemplate("{code}"), HASH)).toBe(
      `012345\n${HASH}`,
    );
  });
  it("the text of a message for an app is chosen by the code's true length where a placeholder is shown", () => {
    const rules = { ...RULES, domain: "d".repeat(25) };
    const shown = composeAppText("en", "{#var#}", 300, rules, HASH, "000000");
    expect(shown?.replaceAll("{#var#}", "000000")).toBe(
      composeAppText("en", "000000", 300, rules, HASH),
    );
  });
});

const KANNADA = "{code} ನಿಮ್ಮ {brand} ಕೋಡ್\n{origin_line}";
const withKannada = { ...DEFAULT_TEMPLATES, kn: KANNADA };

describe("the text of a message in a further language", () => {
  it("the text of a message is the registered one of its language", () => {
    const text = composeText("kn", "012345", 300, { ...RULES, templates: withKannada });
    expect(text).toBe("012345 ನಿಮ್ಮ EarlyBird ಕೋಡ್\n@login.earlybird.example #012345");
  });
  it("the text of a message is English where its language has no registered one, also in a record from before a changed setting", () => {
    const english = composeText("en", "012345", 300, RULES);
    for (const locale of LOCALES.filter((each) => each !== "hi")) {
      expect(composeText(locale, "012345", 300, RULES)).toBe(english);
    }
  });
  it("the text of a message names another host where its page has another one, and the code after it", () => {
    const text = composeText("hi", "012345", 300, RULES, "app.example");
    expect(text.split("\n").at(-1)).toBe("@app.example #012345");
    expect(text).not.toContain(RULES.domain);
  });
});

describe("the language of a message", () => {
  it.each([
    ["kn", undefined, "kn"],
    ["kn-IN", "hi", "kn"],
    ["ta", undefined, "en"],
    ["ta", "kn;q=0.5, hi;q=0.4", "kn"],
    ["ta, kn", "hi", "kn"],
    ["fr", "or", "en"],
  ])(
    "the language of a message is one with a registered text: %s and %s give %s",
    (asked, header, locale) => {
      expect(localeFrom(withKannada, asked, header)).toBe(locale);
    },
  );
  it("the language of a message is Kannada in no gateway without a Kannada text", () => {
    expect(localeFrom(DEFAULT_TEMPLATES, "kn", "kn")).toBe("en");
    expect(localeFrom(DEFAULT_TEMPLATES, "kn", "hi")).toBe("hi");
  });
});

describe("the locale of an Accept-Language header", () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, "en"],
    ["", "en"],
    ["hi", "hi"],
    ["HI-in", "hi"],
    ["hi-Latn-IN", "hi"],
    ["en-IN,hi;q=0.9", "en"],
    ["hi;q=0.8, en;q=0.9", "en"],
    ["hi;q=0.9, en;q=0.8", "hi"],
    ["hi, en", "hi"],
    ["en, hi", "en"],
    ["ta-IN, te;q=0.9, hi;q=0.5, en;q=0.4", "hi"],
    ["fr", "en"],
    ["*", "en"],
    ["hi;q=0", "en"],
    ["en;q=0, hi;q=0.001", "hi"],
    ["hi;q=abc", "en"],
    ["hi;q=", "en"],
    ["hi;q=-1, en;q=0.1", "en"],
    ["hi;level=1;q=0.3, en;q=0.2", "hi"],
    ["hi ; q=0.3 , en ; Q=0.4", "en"],
    [",,;;q=1,hi", "hi"],
    ["hindi", "en"],
    ["__proto__, constructor;q=1", "en"],
  ];
  for (const [header, locale] of cases) {
    it(`the locale of an Accept-Language header: ${JSON.stringify(header)} is ${locale}`, () =>
      expect(localeFrom(DEFAULT_TEMPLATES, header)).toBe(locale));
  }
  it("the locale of an Accept-Language header is a built-in one for any text, and never throws", () => {
    const piece = fc.constantFrom(
      "hi",
      "en",
      ";q=",
      "1e999",
      "NaN",
      ",",
      ";",
      "-",
      "0.5",
      " ",
      "*",
      "=",
    );
    const header = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(header, (text) => {
        expect(LOCALES).toContain(localeFrom(DEFAULT_TEMPLATES, text));
      }),
      { numRuns: 2000 },
    );
  });
  it("the locale of an Accept-Language header is found in a header of 16 KiB without delay", () => {
    const began = performance.now();
    expect(localeFrom(DEFAULT_TEMPLATES, `${"xx;q=0.1,".repeat(1800)}hi;q=0.05`)).toBe("hi");
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
