import { expect, it, type TestContext } from "vitest";
import { AdapterError } from "../../../src/ports/adapter-error.ts";

/** What a backend cannot keep: the promise's sentence, and why. */
export type Exemptions = Readonly<Record<string, string>>;

export type Promised = (sentence: string, test: (context: TestContext) => Promise<void>) => void;

/**
 * Declares the promises of a port. An exempt one runs as well and must fail: the day it holds, the
 * exemption has to go. Exempting a sentence that the suite does not have fails too.
 *
 * @param subject of every sentence: `a directory`
 */
export function promises(
  subject: string,
  exemptions: Exemptions,
  declare: (promised: Promised) => void,
): void {
  const unknown = new Set(Object.keys(exemptions));
  declare((sentence, test) => {
    const reason = exemptions[sentence];
    unknown.delete(sentence);
    if (reason === undefined) it(`${subject} ${sentence}`, test);
    else it.fails(`${subject} ${sentence} (exempt: ${reason})`, test);
  });
  it(`${subject} has no exemption but from its promises`, () => expect([...unknown]).toEqual([]));
}

/** Texts that stores, query languages and JavaScript objects are known to mistake for others. */
export const ODD_TEXTS: readonly string[] = [
  "",
  " ",
  "a",
  "a ",
  "A",
  "a\0",
  "a\0b",
  "a.b",
  "a:b",
  "é",
  "e\u0301",
  "ß",
  "SS",
  "आशा",
  "👩‍🌾",
  "\u2028",
  "\ufeff",
  "null",
  "true",
  "5",
  '["a"]',
  '"a"',
  "'; DROP TABLE users; --",
  "\\",
  "%",
  "*",
  "{a}",
  "$id",
  "$$ROOT",
  "__proto__",
  "constructor",
  "é".repeat(2500),
  `${"é".repeat(2499)}e`,
];

/** An adapter gives up after two seconds; a machine with no time is later. Without a limit it hangs. */
const DOWN_WITHIN_MS = 10_000;

/** Every call must say `unavailable` in time, and name nothing that it was given. */
export async function expectUnavailable(
  calls: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    const started = performance.now();
    const error = await call().then(
      () => new Error(`${name} succeeded`),
      (thrown: unknown) => thrown,
    );
    expect(error, name).toBeInstanceOf(AdapterError);
    const { adapter, operation, kind, message, cause } = error as AdapterError;
    expect({ kind, message }, name).toEqual({
      kind: "unavailable",
      message: `${adapter} ${operation} unavailable`,
    });
    expect(cause, `${name} keeps its cause`).toBeDefined();
    expect(performance.now() - started, `${name} takes too long`).toBeLessThan(DOWN_WITHIN_MS);
  }
}
