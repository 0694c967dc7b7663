import type { Phone } from "../../core/ids.ts";
import { indexDocuments } from "../../core/linking/document-index.ts";
import { readUser, type StoredDocument, type User } from "../../core/linking/documents.ts";
import { isReservedEmail, madeIdsFor } from "../../core/linking/made-user.ts";
import { customersTiedTo, rankOf, type SharedFacts } from "../../core/linking/ties.ts";
import { spellingsOf } from "../../core/phone.ts";
import type { CustomerQuery } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import { merged, readCustomersBy } from "../linking/read-link-facts.ts";
import { pagesOf } from "./pages.ts";
import type { DirectorySurvey } from "./survey-directory.ts";

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

export interface UserOptions {
  /** Whether a stored hash is that of a published default; null: passwords are not checked. */
  readonly isPublished: ((hash: string) => Promise<boolean>) | null;
  onProgress(done: number): void;
}

/** Counts the users documents. Reads only. */
export async function auditUsers(
  gateway: Ports,
  survey: DirectorySurvey,
  { isPublished, onProgress }: UserOptions,
): Promise<UserCounts> {
  const counts = { users: 0, customers: 0, withoutRecord: 0, sharedIds: 0 };
  const more = { withoutId: 0, reservedEmails: 0, publishedPasswords: 0 };
  for await (const page of pagesOf(gateway, "users")) {
    const users = page.map((document) => readUser(document, gateway.rules.phone));
    const customers = users.filter(({ isCustomer }) => isCustomer);
    counts.customers += customers.length;
    counts.withoutRecord += await countWithoutRecord(gateway, customers, survey);
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

/** Users whom no id and no phone ties to a customer: in one query for a page. */
async function countWithoutRecord(
  gateway: Ports,
  users: readonly User[],
  survey: DirectorySurvey,
): Promise<number> {
  const nobody: SharedFacts = {
    // Neither a query for customers nor a rank compares it.
    phone: "" as Phone,
    customers: [],
    users: [],
    made: new Map(),
    placeholder: gateway.rules.placeholder,
    now: gateway.runtime.now(),
  };
  const queries: readonly Partial<CustomerQuery>[] = users.map((user) => {
    const { phone } = user;
    const ties = customersTiedTo([user], nobody);
    const phones =
      phone === null ? {} : { phones: spellingsOf(phone), keys: survey.rareKeys(phone) };
    return merged([...ties, phones]);
  });
  const found = await readCustomersBy(gateway, merged(queries.map((query) => ({ ...query }))));
  const index = indexDocuments(found, ["id", "user_id", "phone"]);
  const made = new Map(
    await Promise.all(found.map(async ({ id }) => [id, await madeIdsFor(id)] as const)),
  );
  return users.filter((user, at) => {
    const { ids = [], keys = [], phones = [], userIds = [] } = queries[at] ?? {};
    const customers = [
      ...index.by("id", ids),
      ...index.by("user_id", userIds),
      ...index.by("phone", phones),
      ...index.byKey(keys),
    ];
    const facts = { ...nobody, customers, made };
    return customers.every((customer) => rankOf(user, customer, facts) === null);
  }).length;
}
