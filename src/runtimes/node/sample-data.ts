import { readFileSync } from "node:fs";
import type { SeedDocuments } from "../../adapters/sqlite/seed.ts";
import { nationalNumber, parseStoredPhone } from "../../core/phone/phone.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";

/** The documents of `sample/`. */
export function readSample(): SeedDocuments {
  const read = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../../sample/${name}.json`, import.meta.url), "utf8"));
  return { users: read("users"), customers_v2: read("customers_v2") };
}

type Place = Pick<CompleteSettings, "environment" | "rules" | "store">;

/**
 * The sample phones, ten digits each, with the name of their first customer. None where MONGODB_URL
 * names the customers, or in production.
 */
export function samplePhones({
  environment,
  rules,
  store,
}: Place): readonly { readonly phone: string; readonly name: string }[] {
  if (environment !== "development" || store.mongoUrl !== null) return [];
  const names = new Map<string, string>();
  for (const { name, phone } of readSample().customers_v2) {
    const parsed = parseStoredPhone(phone, rules.phone);
    const national = parsed && nationalNumber(parsed);
    if (national !== null && !names.has(national)) names.set(national, String(name));
  }
  return [...names].map(([phone, name]) => ({ phone, name }));
}
