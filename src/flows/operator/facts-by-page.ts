import type { DocumentKey, Phone } from "../../core/ids.ts";
import { readCustomer, type StoredDocument } from "../../core/linking/documents.ts";
import { spellingsOf } from "../../core/phone.ts";
import type { LegacyCollection } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import {
  type CustomerFacts,
  type RareSpellings,
  readFactsOfMany,
} from "../linking/read-facts-of-many.ts";

type FactsPorts = Pick<Gateway, "directory" | "rules" | "runtime">;

/** Documents of one page: a few queries a page, and some megabytes of memory. */
const PAGE = 500;

/** Every document of a collection, in pages. */
async function* pagesOf(
  { directory }: Pick<Gateway, "directory">,
  collection: LegacyCollection,
  size: number = PAGE,
): AsyncGenerator<readonly StoredDocument[]> {
  let after: DocumentKey | null = null;
  for (;;) {
    const page: readonly StoredDocument[] = await directory.pageOf(collection, after, size);
    if (page.length > 0) yield page;
    after = page.at(-1)?.key ?? null;
    if (page.length < size) return;
  }
}

/** The customers of one page, and the documents read so far. */
export interface CustomersPage {
  readonly customers: readonly CustomerFacts[];
  readonly done: number;
}

/**
 * Every customer with the facts for their link. A first pass through the collection finds the
 * spellings that no index lists, so that each decision is that of a login whose search has ended.
 */
export async function* factsByPage(
  gateway: FactsPorts,
  size: number = PAGE,
): AsyncGenerator<CustomersPage> {
  const rare = await rareSpellings(gateway);
  let done = 0;
  for await (const page of pagesOf(gateway, "customers_v2", size)) {
    done += page.length;
    yield { customers: await readFactsOfMany(gateway, page, rare), done };
  }
}

async function rareSpellings(gateway: FactsPorts): Promise<RareSpellings> {
  const rare = new Map<Phone, DocumentKey[]>();
  for await (const page of pagesOf(gateway, "customers_v2")) {
    for (const document of page) {
      const phone = readCustomer(document, gateway.rules.phone)?.phone ?? null;
      if (phone === null || isListed(phone, document.fields["phone"])) continue;
      const keys = rare.get(phone);
      if (keys === undefined) rare.set(phone, [document.key]);
      else keys.push(document.key);
    }
  }
  return rare;
}

const isListed = (phone: Phone, stored: unknown): boolean =>
  (spellingsOf(phone) as readonly unknown[]).includes(stored);
