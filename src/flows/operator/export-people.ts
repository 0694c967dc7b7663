import {
  type Customer,
  readCustomer,
  readUser,
  type StoredDocument,
  type User,
} from "../../core/linking/documents.ts";
import { customersTiedTo, type LinkFacts } from "../../core/linking/ties.ts";
import {
  customerRecord,
  type Pairing,
  pairingOf,
  pairingWithoutPhone,
  type UnifiedRecord,
  userRecord,
} from "../../core/linking/unified-record.ts";
import type { Gateway } from "../gateway.ts";
import { merged, readUsersBy } from "../linking/read-link-facts.ts";
import { pagesOf } from "./reading/pages.ts";
import { readLinkFactsOfMany } from "./reading/read-link-facts-of-many.ts";
import { surveyOfPage } from "./reading/survey-directory.ts";

type ExportPorts = Pick<Gateway, "directory" | "rules" | "runtime">;

/**
 * Every person of both collections once, in pages: each customer with their certain user, then the
 * users with role `customer` whom no customer has. Staff are left out. Needs the memory of a page.
 */
export async function* exportPeople(
  gateway: ExportPorts,
): AsyncGenerator<readonly UnifiedRecord[]> {
  for await (const page of pagesOf(gateway, "customers_v2")) {
    const paired = await pairingsOf(gateway, page);
    yield paired.map(({ customer, document, pairing }) =>
      customerRecord(document, customer?.phone ?? null, pairing),
    );
  }
  for await (const page of pagesOf(gateway, "users")) {
    const users = page
      .map((document) => readUser(document, gateway.rules.phone))
      .filter(({ isCustomer }) => isCustomer);
    const claimed = await claimedAmong(gateway, users);
    yield users.filter(({ document }) => !claimed.has(document.key)).map(userRecord);
  }
}

interface PairedCustomer {
  readonly document: StoredDocument;
  /** Null: the document has no usable `id`. */
  readonly customer: Customer | null;
  readonly pairing: Pairing;
}

async function pairingsOf(
  gateway: ExportPorts,
  page: readonly StoredDocument[],
): Promise<readonly PairedCustomer[]> {
  const { phone } = gateway.rules;
  const read = page.map((document) => ({ document, customer: readCustomer(document, phone) }));
  const customers = read.flatMap(({ customer }) => customer ?? []);
  const facts = await readLinkFactsOfMany(gateway, customers, surveyOfPage(page, phone));
  const mute = customers.filter(({ document }) => !facts.has(document.key));
  const users = await readUsersBy(gateway, { customerIds: mute.map(({ id }) => id) });
  return read.map(({ customer, document }) => {
    const pairing = pairingFor(customer, facts.get(document.key) ?? null, users);
    return { customer, document, pairing };
  });
}

function pairingFor(
  customer: Customer | null,
  facts: LinkFacts | null,
  users: readonly User[],
): Pairing {
  if (customer === null) return { link: "no-id", user: null };
  return facts === null ? pairingWithoutPhone(customer, users) : pairingOf(facts);
}

/** Keys of the users whom a customer has, by the same decision as in the first walk. */
async function claimedAmong(
  gateway: ExportPorts,
  users: readonly User[],
): Promise<ReadonlySet<string>> {
  const query = merged(customersTiedTo(users, gateway.rules));
  const customers = await gateway.directory.findCustomers(query);
  const paired = await pairingsOf(gateway, customers);
  return new Set(paired.flatMap(({ pairing }) => pairing.user?.document.key ?? []));
}
