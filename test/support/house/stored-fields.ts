import { readFileSync } from "node:fs";
import { join } from "node:path";

/** docs/storage.md, which says what is stored. */
export const STORAGE_DOCUMENT = readFileSync(
  join(import.meta.dirname, "../../../docs/storage.md"),
  "utf8",
);

/** The names in the first column of the table below a heading. */
export function documented(heading: string): string[] {
  const [, section = ""] = STORAGE_DOCUMENT.split(`\n### ${heading}\n`);
  const [body = ""] = section.split(/\n##+ /);
  return [...body.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? "").sort();
}

/** Every field of a value, with `[]` for the members of a list; what is below a lane is its own. */
export function fieldsOf(value: unknown, name = ""): string[] {
  if (Array.isArray(value)) {
    const below = value.flatMap((member) => fieldsOf(member, `${name}[]`));
    return below.some((field) => field.startsWith(`${name}[].`)) ? below : [`${name}[]`];
  }
  if (typeof value !== "object" || value === null || name === "devices") return [name];
  return Object.entries(value).flatMap(([key, member]) =>
    fieldsOf(member, name === "" ? key : `${name}.${key}`),
  );
}

/** A list of records is documented by their fields, and so is the list itself. */
export const withoutLists = (fields: readonly string[]) =>
  [
    ...new Set(fields.filter((field) => !fields.some((other) => other.startsWith(`${field}.`)))),
  ].sort();
