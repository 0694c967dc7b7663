import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { segmentsOf, templateSegments } from "../../../../src/adapters/sms/segments.ts";
import { DEFAULT_TEMPLATES, type MessageRules } from "../../../../src/core/otp/message.ts";

const EXTENDED = "\f^{}\\[~]|€";
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà";

const counted = (text: string) => {
  const { encoding, segments, units } = segmentsOf(text);
  return [encoding, units, segments];
};

describe("SMS segments", () => {
  it.each([
    ["nothing", "", ["gsm-7", 0, 1]],
    ["the last character of one GSM-7 segment", "a".repeat(160), ["gsm-7", 160, 1]],
    ["one more: both parts lose room", "a".repeat(161), ["gsm-7", 161, 2]],
    ["two full parts", "a".repeat(306), ["gsm-7", 306, 2]],
    ["three parts", "a".repeat(307), ["gsm-7", 307, 3]],
    ["an extended character counts twice", `${"a".repeat(159)}€`, ["gsm-7", 161, 2]],
    [
      "an escape is not split from its septet",
      `${"a".repeat(152)}€${"a".repeat(152)}`,
      ["gsm-7", 306, 3],
    ],
    ["the last character of one UCS-2 segment", "क".repeat(70), ["ucs-2", 70, 1]],
    ["one more in UCS-2", "क".repeat(71), ["ucs-2", 71, 2]],
    ["two full UCS-2 parts", "क".repeat(134), ["ucs-2", 134, 2]],
    ["one strange character makes all of it UCS-2", `${"a".repeat(70)}’`, ["ucs-2", 71, 2]],
    ["in UCS-2 an extended character is one unit", `€${"a".repeat(68)}क`, ["ucs-2", 70, 1]],
    ["a character outside the BMP is two units", "👩", ["ucs-2", 2, 1]],
    ["a surrogate pair is not split", `${"क".repeat(66)}👩${"क".repeat(66)}`, ["ucs-2", 134, 3]],
    ["a tab is not in GSM-7", "\t", ["ucs-2", 1, 1]],
    ["nor is a backtick", "`", ["ucs-2", 1, 1]],
    ["nor an escape", "\u001b", ["ucs-2", 1, 1]],
    ["nor a small c with cedilla", "ç", ["ucs-2", 1, 1]],
  ])("the count of SMS segments: %s", (_, text, expected) => {
    expect(counted(text)).toEqual(expected);
  });

  it("the count of SMS segments knows every character of both GSM-7 tables", () => {
    for (const character of BASIC) expect(counted(character)).toEqual(["gsm-7", 1, 1]);
    for (const character of EXTENDED) expect(counted(character)).toEqual(["gsm-7", 2, 1]);
  });

  it("the count of SMS segments is never fewer for a longer text, and never off by more than one from the division", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), fc.string(), (text, more) => {
        const { encoding, segments, units } = segmentsOf(text);
        const [single, part] = encoding === "gsm-7" ? [160, 153] : [70, 67];
        const least = units <= single ? 1 : Math.ceil(units / part);
        expect(segments).toBeGreaterThanOrEqual(least);
        expect(segments).toBeLessThanOrEqual(Math.ceil(units / (part - 1)) + 1);
        expect(segmentsOf(text + more).segments).toBeGreaterThanOrEqual(segments);
      }),
    );
  });
});

describe("the segments of a filled template", () => {
  const rules: MessageRules = {
    templates: DEFAULT_TEMPLATES,
    brand: "EarlyBird",
    domain: "login.earlybird.example",
  };

  it("the number of segments of a filled template is one for the English default, two for the Hindi one", () => {
    expect(templateSegments("en", 300, rules)).toEqual({
      encoding: "gsm-7",
      units: 124,
      segments: 1,
    });
    expect(templateSegments("hi", 300, rules)).toEqual({
      encoding: "ucs-2",
      units: 121,
      segments: 2,
    });
  });

  it("the number of segments of a filled template grows with brand, host and minutes", () => {
    const long = { ...rules, brand: "B".repeat(40), domain: `login.${"e".repeat(40)}.example` };
    expect(templateSegments("en", 900, long)).toMatchObject({ units: 187, segments: 2 });
  });
});
