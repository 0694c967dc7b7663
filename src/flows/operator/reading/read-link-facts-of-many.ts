import type { CustomerId, DocumentKey, Phone } from "../../../core/ids.ts";
import { type DocumentIndex, indexDocuments } from "../../../core/linking/document-index.ts";
import type { Customer, StoredDocument } from "../../../core/linking/documents.ts";
import { linkedUser } from "../../../core/linking/link-evidence.ts";
import { type HashNow, type MadeIds, madeIdsForAll } from "../../../core/linking/made-user.ts";
import type { LinkFacts, SharedFacts } from "../../../core/linking/ties.ts";
import { spellingsOf } from "../../../core/phone/phone.ts";
import type { CustomerQuery, UserQuery } from "../../../ports/directory.ts";
import type { Gateway } from "../../gateway.ts";
import {
  customerQuery,
  idsToDerive,
  merged,
  readCustomersBy,
  readUsersBy,
  userQuery,
  withOthers,
} from "../../linking/read-link-facts.ts";
import type { DirectorySurvey } from "./survey-directory.ts";

type Ports = Pick<Gateway, "directory" | "rules" | "runtime">;

/** The fields that a query of users compares, besides `_id`. */
export const USER_FIELDS = ["id", "customer_v2_id", "doorstep_customer_id", "email", "phone"];
export const CUSTOMER_FIELDS = ["id", "user_id", "phone"];

/**
 * The facts for decisions about many customers, in three queries: for each customer those that
 * `readLinkFacts` reads for one. A customer without a phone has none; neither has one whose phone
 * changed since the page was read.
 *
 * @param page about 500 to 1000 customers
 */
export async function readLinkFactsOfMany(
  gateway: Ports,
  page: readonly Customer[],
  survey: DirectorySurvey,
): Promise<ReadonlyMap<DocumentKey, LinkFacts>> {
  const made = rememberedIds(gateway.runtime.hashNow);
  const firsts = await readFirsts(gateway, page, survey, made);
  const queries = firsts.map((facts) => userQuery(facts, [facts.customer], survey.users));
  const found = await readUsersBy(gateway, merged(queries));
  const users = indexDocuments(found, USER_FIELDS);
  const seconds = firsts.map((facts, at) => ({
    ...facts,
    users: usersOf(users, queries[at] ?? {}),
  }));
  // Without users there is nothing to ask: R3 is about the customers that users name.
  const open = seconds.filter((facts) => facts.users.length > 0 && linkedUser(facts) === null);
  const wanted = new Map(open.map((facts) => [facts, customerQuery(facts)]));
  const others = await readCustomersBy(gateway, merged([...wanted.values()]));
  const index = indexDocuments(others, CUSTOMER_FIELDS);
  const wider = open.map((facts) => {
    const customers = withOthers(facts.customers, customersOf(index, wanted.get(facts) ?? {}));
    return { ...facts, customers, ids: idsToDerive(customers, facts.users) };
  });
  await made.derive(wider.flatMap(({ ids }) => ids));
  const all = new Map(seconds.map((facts) => [facts.customer.document.key, facts]));
  for (const { ids, ...facts } of wider) {
    all.set(facts.customer.document.key, { ...facts, made: made.of(ids) });
  }
  return all;
}

/** R1 for every customer of the page: the customers of each phone, as they are now. */
async function readFirsts(
  gateway: Ports,
  page: readonly Customer[],
  survey: DirectorySurvey,
  made: RememberedIds,
): Promise<readonly LinkFacts[]> {
  const { rules, runtime } = gateway;
  const keys = new Set(page.map(({ document }) => document.key));
  const phones = [...new Set(page.flatMap(({ phone }) => phone ?? []))];
  const shared = phones.filter((phone) => survey.mayShare(phone));
  const found = await readCustomersBy(gateway, {
    phones: shared.flatMap(spellingsOf),
    keys: shared.flatMap((phone) => survey.rareKeys(phone)),
  });
  // The page has the one customer of any other phone.
  const alone = page.filter(({ phone }) => phone !== null && !survey.mayShare(phone));
  const groups = new Map<Phone, Customer[]>();
  for (const customer of [...found, ...alone]) {
    if (customer.phone === null) continue;
    const group = groups.get(customer.phone);
    if (group === undefined) groups.set(customer.phone, [customer]);
    else group.push(customer);
  }
  const now = runtime.now();
  const ids = (customers: readonly Customer[]) => customers.map(({ id }) => id);
  await made.derive([...groups.values()].flatMap(ids));
  return phones.flatMap((phone) => {
    const customers = groups.get(phone) ?? [];
    const shared: SharedFacts = {
      phone,
      customers,
      users: [],
      made: made.of(ids(customers)),
      placeholder: rules.placeholder,
      now,
    };
    const asked = customers.filter(({ document }) => keys.has(document.key));
    return asked.map((customer) => ({ ...shared, customer }));
  });
}

interface OfDocument {
  readonly document: StoredDocument;
}

/** Documents as records, to be divided among queries. */
export const indexed = (documents: readonly StoredDocument[], fields: readonly string[]) =>
  indexDocuments(
    documents.map((document): OfDocument => ({ document })),
    fields,
  );

/** The users that a query of its own would have found. */
export function usersOf<One extends OfDocument>(
  index: DocumentIndex<One>,
  query: Partial<UserQuery>,
): readonly One[] {
  return unique([
    ...index.by("id", query.ids ?? []),
    ...index.byObjectId(query.objectIds ?? []),
    ...index.by("customer_v2_id", query.customerIds ?? []),
    ...index.by("doorstep_customer_id", query.marks ?? []),
    ...index.by("email", query.emails ?? []),
    ...index.by("phone", query.phones ?? []),
  ]);
}

export function customersOf<One extends OfDocument>(
  index: DocumentIndex<One>,
  query: Partial<CustomerQuery>,
): readonly One[] {
  return unique([
    ...index.by("id", query.ids ?? []),
    ...index.by("user_id", query.userIds ?? []),
    ...index.by("phone", query.phones ?? []),
    ...index.byKey(query.keys ?? []),
  ]);
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

interface RememberedIds {
  derive(ids: readonly CustomerId[]): Promise<void>;
  /** Of derived ids. */
  of(ids: readonly CustomerId[]): ReadonlyMap<CustomerId, MadeIds>;
}

/** Each U* and O* is derived once for a page. */
function rememberedIds(hash: HashNow | null): RememberedIds {
  const known = new Map<CustomerId, MadeIds>();
  return {
    async derive(ids) {
      const missing = ids.filter((id) => !known.has(id));
      for (const [id, made] of await madeIdsForAll(missing, hash)) known.set(id, made);
    },
    of(ids) {
      const made = new Map<CustomerId, MadeIds>();
      for (const id of ids) {
        const own = known.get(id);
        if (own !== undefined) made.set(id, own);
      }
      return made;
    },
  };
}
