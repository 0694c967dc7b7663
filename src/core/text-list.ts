import { fail, ok, type Result } from "./result.ts";

type ItemParser<T> = (text: string) => Result<T, string>;

/**
 * At most `most` values between commas, spaces around them dropped, each as `item` reads it. Fails
 * with the end of a sentence. The empty text is the empty list.
 */
export function list<T>(item: ItemParser<T>, most: number): ItemParser<readonly T[]> {
  return (text) => {
    if (text === "") return ok([]);
    const parts = text.split(",").map((part) => part.trim());
    if (parts.length > most) return fail(`must hold at most ${most} entries`);
    const values: T[] = [];
    for (const [index, part] of parts.entries()) {
      const parsed = item(part);
      if (!parsed.ok) return fail(`${parsed.failure} (entry ${index + 1} of ${parts.length})`);
      values.push(parsed.value);
    }
    return ok(values);
  };
}

/** Whether no value occurs twice. */
export const isDistinct = (values: readonly unknown[]): boolean =>
  new Set(values).size === values.length;
