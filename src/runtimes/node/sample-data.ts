import { readFileSync } from "node:fs";
import type { SeedDocuments } from "../../adapters/sqlite/seed.ts";
import { nationalNumber, type PhoneRules, parseStoredPhone } from "../../core/phone.ts";

/** The documents of `sample/`. */
export function readSample(): SeedDocuments {
  const read = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../../sample/${name}.json`, import.meta.url), "utf8"));
  return { users: read("users"), customers_v2: read("customers_v2") };
}

/** The phones that can be tried, ten digits each, with the name of their first customer. */
export function samplePhones(
  { customers_v2 }: SeedDocuments,
  rules: PhoneRules,
): readonly { readonly phone: string; readonly name: string }[] {
  const names = new Map<string, string>();
  for (const { name, phone } of customers_v2) {
    const parsed = parseStoredPhone(phone, rules);
    const national = parsed && nationalNumber(parsed);
    if (national !== null && !names.has(national)) names.set(national, String(name));
  }
  return [...names].map(([phone, name]) => ({ phone, name }));
}
