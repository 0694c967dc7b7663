import type { Phone } from "../../../core/ids.ts";
import { indexDocuments } from "../../../core/linking/document-index.ts";
import { readUser, type StoredDocument, type User } from "../../../core/linking/documents.ts";
import { isReservedEmail, madeIdsForAll } from "../../../core/linking/made-user.ts";
import { customersTiedTo, rankOf, type SharedFacts } from "../../../core/linking/ties.ts";
import { spellingsOf } from "../../../core/phone/phone.ts";
import type { CustomerQuery } from "../../../ports/directory.ts";
import type { Gateway } from "../../gateway.ts";
import { merged, readCustomersBy } from "../../linking/read-link-facts.ts";
import type { RowOptions } from "../person-rows.ts";
import { pagesOf } from "../reading/pages.ts";
import { CUSTOMER_FIELDS, customersOf } from "../reading/read-link-facts-of-many.ts";
import type { DirectorySurvey } from "../reading/survey-directory.ts";

type Ports = Pick<Gateway, "directory" | "rules" | "runtime">;

export interface UserCounts {
  readonly users: number;
  /** Users with the role `customer`. */
  readonly customers: number;
  /** Of these, the users without any customers_v2 document. */
  readonly withoutRecord: number;
  readonly sharedIds: number;
  readonly withoutId: number;
  /** The legacy API's list of users fails as soon as one has such an e-mail, or none. */
  readonly reservedEmails: number;
  /** Null where passwords were not checked. */
  readonly publishedPasswords: number | null;
}

export interface UserOptions extends RowOptions {
  /** Whether a stored hash is that of a published default; null: passwords are not checked. */
  readonly isPublished: ((hash: string) => Promise<boolean>) | null;
  onProgress(done: number): void;
}

/** Counts the users documents. Reads only. */
export async function auditUsers(
  gateway: Ports,
  survey: DirectorySurvey,
  { isPublished, onProgress, onRow }: UserOptions,
): Promise<UserCounts> {
  const counts = { users: 0, customers: 0, withoutRecord: 0, sharedIds: 0 };
  const more = { withoutId: 0, reservedEmails: 0, publishedPasswords: 0 };
  for await (const page of pagesOf(gateway, "users")) {
    const users = page.map((document) => readUser(document, gateway.rules.phone));
    const customers = users.filter(({ isCustomer }) => isCustomer);
    counts.customers += customers.length;
    const withoutRecord = await usersWithoutRecord(gateway, customers, survey);
    counts.withoutRecord += withoutRecord.length;
    for (const user of withoutRecord) {
      await onRow({ reason: "no-delivery-record", document: null, customer: null, user });
    }
    for (const user of users) {
      counts.users++;
      if (user.document.idShared) counts.sharedIds++;
      if (user.id === null) more.withoutId++;
      if (user.email === null || isReservedEmail(user.email)) more.reservedEmails++;
      if (isPublished !== null && (await hasPublished(user.document, isPublished))) {
        more.publishedPasswords++;
      }
      if (isPublished !== null) onProgress(counts.users);
    }
    onProgress(counts.users);
  }
  const { publishedPasswords } = more;
  return {
    ...counts,
    ...more,
    publishedPasswords: isPublished === null ? null : publishedPasswords,
  };
}

async function hasPublished(
  { fields }: StoredDocument,
  isPublished: (hash: string) => Promise<boolean>,
): Promise<boolean> {
  for (const name of ["password_hash", "password"]) {
    const hash = fields[name];
    if (typeof hash === "string" && (await isPublished(hash))) return true;
  }
  return false;
}

/**
 * Users whom no id and no phone ties to a customer. The ids come first: most users are tied by one,
 * and only the others are looked for in all spellings of their phone.
 */
async function usersWithoutRecord(
  gateway: Ports,
  users: readonly User[],
  survey: DirectorySurvey,
): Promise<readonly User[]> {
  const nobody: SharedFacts = {
    // Neither a query for customers nor a rank compares it.
    phone: "" as Phone,
    customers: [],
    users: [],
    made: new Map(),
    placeholder: gateway.rules.placeholder,
    now: gateway.runtime.now(),
  };
  const byId = (user: User) => merged(customersTiedTo([user], nobody));
  const left = await untied(gateway, users, byId, nobody);
  return untied(gateway, left, (user) => phoneQuery(user, survey), nobody);
}

function phoneQuery({ phone }: User, survey: DirectorySurvey): Partial<CustomerQuery> {
  if (phone === null || !survey.mayHaveCustomers(phone)) return {};
  return { phones: spellingsOf(phone), keys: survey.rareKeys(phone) };
}

/** The users without a tie to a customer of their own query; all queries are one command. */
async function untied(
  gateway: Ports,
  users: readonly User[],
  queryOf: (user: User) => Partial<CustomerQuery>,
  nobody: SharedFacts,
): Promise<readonly User[]> {
  const queries = users.map(queryOf);
  const found = await readCustomersBy(gateway, merged(queries));
  const index = indexDocuments(found, CUSTOMER_FIELDS);
  const made = await madeIdsForAll(
    found.map(({ id }) => id),
    gateway.runtime.hashNow,
  );
  return users.filter((user, at) => {
    const customers = customersOf(index, queries[at] ?? {});
    const facts = { ...nobody, customers, made };
    return customers.every((customer) => rankOf(user, customer, facts) === null);
  });
}
