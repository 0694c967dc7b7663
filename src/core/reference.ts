/** Without letters and digits that sound or look like others. */
const LETTERS = "23456789ACDEFHJKLMNPRTUVWXY";
const LENGTH = 6;

/**
 * Six characters of a request's id that a customer can read out on the telephone. The log line has
 * them as well; they identify no person.
 *
 * @param requestId random, in base64url
 */
export function referenceOf(requestId: string): string {
  let number = 0;
  for (const character of requestId.slice(0, 8)) number = number * 64 + digitOf(character);
  let text = "";
  while (text.length < LENGTH) {
    text += LETTERS[number % LETTERS.length];
    number = Math.floor(number / LETTERS.length);
  }
  return text;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const digitOf = (character: string): number => Math.max(0, ALPHABET.indexOf(character));

/**
 * The reference in a text that a customer read out: `acd 234` is `ACD234`.
 *
 * @returns null for a text that is none
 */
export function typedReference(text: string): string | null {
  const reference = text.replace(/\s/g, "").toUpperCase();
  const isOurs = [...reference].every((letter) => LETTERS.includes(letter));
  return isOurs && reference.length === LENGTH ? reference : null;
}
