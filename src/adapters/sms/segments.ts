import { CODE_LENGTH } from "../../core/otp/code.ts";
import { composeText, type Locale, type MessageRules } from "../../core/otp/message.ts";

export interface SegmentCount {
  readonly encoding: "gsm-7" | "ucs-2";
  /** Messages that the carrier sends and bills. */
  readonly segments: number;
  /** Septets of GSM-7, or 16-bit units of UCS-2. */
  readonly units: number;
}

/** 3GPP TS 23.038 section 6.2.1: one septet each. */
const GSM_BASIC: ReadonlySet<string> = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** 3GPP TS 23.038 section 6.2.1.1: an escape and a second septet. */
const GSM_EXTENDED: ReadonlySet<string> = new Set("\f^{}\\[~]|€");

/**
 * A message of several parts spends 6 bytes of each on their order (3GPP TS 23.040, 9.2.3.24.1).
 */
const CAPACITY = {
  "gsm-7": { single: 160, part: 153 },
  "ucs-2": { single: 70, part: 67 },
} as const;

/** The number of SMS segments of a text; one character outside GSM-7 makes all of it UCS-2. */
export function segmentsOf(text: string): SegmentCount {
  const characters = [...text];
  const septets = characters.map(septetsOf);
  const encoding = septets.includes(null) ? "ucs-2" : "gsm-7";
  const sizes = characters.map((character, i) =>
    encoding === "gsm-7" ? (septets[i] ?? 0) : character.length,
  );
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const { part, single } = CAPACITY[encoding];
  return { encoding, units, segments: units <= single ? 1 : partsOf(sizes, part) };
}

/**
 * The number of segments of a locale's whole text. All its values have a known length: brand, hosts
 * and minutes are settings, and a code always has the same number of digits.
 *
 * @param host the longest one of the last line
 */
export function templateSegments(
  locale: Locale,
  ttlSeconds: number,
  rules: MessageRules,
  host: string = rules.domain,
): SegmentCount {
  return segmentsOf(composeText(locale, "0".repeat(CODE_LENGTH), ttlSeconds, rules, host));
}

function septetsOf(character: string): 1 | 2 | null {
  if (GSM_BASIC.has(character)) return 1;
  return GSM_EXTENDED.has(character) ? 2 : null;
}

/** Neither an escape with its septet nor a surrogate pair may be split across parts. */
function partsOf(sizes: readonly number[], capacity: number): number {
  let parts = 1;
  let filled = 0;
  for (const size of sizes) {
    if (filled + size > capacity) {
      parts++;
      filled = 0;
    }
    filled += size;
  }
  return parts;
}
