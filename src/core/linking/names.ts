/**
 * Words of a name that identify no person: titles, notes of a shop, parts of an address, and names
 * that a third of a town has. Equal to `test/cases/names.json`.
 */
const SAYS_NOTHING: ReadonlySet<string> = new Set(
  [
    "mr mrs ms miss mx dr prof adv capt col er shri shree sri smt shrimati kumari km sh late master",
    "baby sir madam ji saab sahib uncle aunty bhai ben bhabhi didi amma anna akka customer new old",
    "test demo sample user client member name unknown na nil null none family house home flat room",
    "no number block floor tower wing villa plot door street road apartment apartments appt apt",
    "society residency layout office shop store stores hotel company pvt ltd and the of co so wo do",
    "mohd mohammed mohammad muhammad mohamed md sk sheikh shaikh syed sayyed abdul begum bibi bano",
    "khatun khatoon kumar devi singh kaur lal ram prasad bai",
  ].flatMap((line) => line.split(" ")),
);

/**
 * Whether two names can be one person's. The first significant words must be equal, or two
 * significant words shared; order, case and accents do not count. A number changes hands, so a
 * common surname alone is no evidence. A name without a significant word agrees with none.
 */
export function namesAgree(a: string, b: string): boolean {
  const [one, other] = [tellingWords(a), tellingWords(b)];
  const [first] = one;
  if (first !== undefined && first === other[0]) return true;
  const words = new Set(other);
  return new Set(one.filter((word) => words.has(word))).size >= 2;
}

/** Accents of Latin letters. Vowel signs of Indian scripts are marks too, and must stay. */
const ACCENTS = /[\u0300-\u036f]/g;
const APOSTROPHES = /['\u2018\u2019\u02bc`]/g;

function tellingWords(name: string): readonly string[] {
  const plain = name.normalize("NFKD").replace(ACCENTS, "").replace(APOSTROPHES, "");
  const words =
    plain
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.filter((word) => saysSomething(word));
}

function saysSomething(word: string): boolean {
  const letters = word.replace(/\p{M}/gu, "");
  return [...letters].length > 1 && !/\p{N}/u.test(word) && !SAYS_NOTHING.has(word);
}

/** The list, for the test that holds it against the shared cases. */
export const wordsThatSayNothing = (): readonly string[] => [...SAYS_NOTHING];
