import type { DocumentKey } from "../../../core/ids.ts";
import { indexDocuments } from "../../../core/linking/document-index.ts";
import { type Customer, readUser, type User } from "../../../core/linking/documents.ts";
import { decideLink } from "../../../core/linking/link-decision.ts";
import { customerNamedBy, isReservedEmail } from "../../../core/linking/made-user.ts";
import type { LinkFacts } from "../../../core/linking/ties.ts";
import { spellingsOf } from "../../../core/phone/phone.ts";
import type { CustomerQuery } from "../../../ports/directory.ts";
import type { Gateway } from "../../gateway.ts";
import { findLegacyUser } from "../../linking/find-legacy-user.ts";
import { merged, readCustomersBy } from "../../linking/read-link-facts.ts";
import { pagesOf } from "../reading/pages.ts";
import {
  CUSTOMER_FIELDS,
  customersOf,
  readLinkFactsOfMany,
} from "../reading/read-link-facts-of-many.ts";
import type { DirectorySurvey } from "../reading/survey-directory.ts";

type StrandedPorts = Pick<Gateway, "directory" | "rules" | "runtime">;

/** A person who can log in by password today, and could not by phone tomorrow. */
export interface StrandedUser {
  readonly userId: string;
  /**
   * `no-customer`: no delivery record; `stopped`: it is stopped; `no-phone`: its phone cannot be
   * read; `conflict`: the records contradict each other; `another-user`: a login by phone makes or
   * finds another user.
   */
  readonly because: "no-customer" | "stopped" | "no-phone" | "conflict" | "another-user";
}

/** The document has a password, which the backend compares: older ones are in `password`. */
export const hasPassword = ({ document: { fields } }: User): boolean =>
  ["password", "password_hash"].some(
    (name) => typeof fields[name] === "string" && fields[name] !== "",
  );

/**
 * Every customer's user who would lose the only way in, if password logins ended now. Decided by the
 * login's own decision, from the records as they are, a page of users at a time.
 */
export async function* findStranded(
  gateway: StrandedPorts,
  survey: DirectorySurvey,
): AsyncIterable<StrandedUser> {
  for await (const page of pagesOf(gateway, "users")) {
    const users = page
      .map((document) => readUser(document, gateway.rules.phone))
      .filter(logsInByPassword);
    const queries = users.map((user) => queryAround(gateway, user, survey));
    const customers = await readCustomersBy(gateway, merged(queries));
    const facts = await readLinkFactsOfMany(gateway, customers, survey);
    const index = indexDocuments(customers, CUSTOMER_FIELDS);
    for (const [at, user] of users.entries()) {
      const around = customersOf(index, queries[at] ?? {});
      const because = reasonOf(around, user, facts);
      if (because === null || (await logsInAlone(gateway, user))) continue;
      yield { userId: user.id ?? user.document.key, because };
    }
  }
}

/** The backend refuses a password login without a valid e-mail, and of an inactive user. */
const logsInByPassword = (user: User): boolean =>
  user.isCustomer &&
  user.active &&
  user.email !== null &&
  !isReservedEmail(user.email) &&
  hasPassword(user);

type FactsByKey = ReadonlyMap<DocumentKey, LinkFacts>;

/** Null where one of the user's customers logs in as this user. */
function reasonOf(
  customers: readonly Customer[],
  user: User,
  facts: FactsByKey,
): StrandedUser["because"] | null {
  let because: StrandedUser["because"] = "no-customer";
  for (const customer of customers) {
    const found = loginOf(customer, user, facts);
    if (found === null) return null;
    // The reason that says most: a contradiction before a customer who merely shares the phone.
    if (because === "no-customer" || found !== "another-user") because = found;
  }
  return because;
}

/** LEGACY_ONLY_LOGIN lets the user in without a customer. */
async function logsInAlone(gateway: StrandedPorts, { document, phone }: User): Promise<boolean> {
  const alone = phone === null ? null : await findLegacyUser(gateway, phone);
  return alone?.document.key === document.key;
}

function queryAround(
  { rules }: Pick<StrandedPorts, "rules">,
  { customerId, document, email, id, mark, phone }: User,
  survey: DirectorySurvey,
): Partial<CustomerQuery> {
  const named = [customerId, id, mark, customerNamedBy(email, rules.placeholder)];
  return {
    ids: named.filter((each) => each !== null),
    userIds: [id, document.objectId].filter((each) => each !== null),
    ...(phone === null ? {} : { phones: spellingsOf(phone), keys: survey.rareKeys(phone) }),
  };
}

function loginOf(
  { document, phone, status }: Customer,
  user: User,
  all: FactsByKey,
): StrandedUser["because"] | null {
  if (status === null) return "stopped";
  if (phone === null) return "no-phone";
  const facts = all.get(document.key);
  // The phone changed while the records were read.
  if (facts === undefined) return "conflict";
  const decision = decideLink(facts);
  if (decision.kind === "conflict" || decision.kind === "inactive") return "conflict";
  const isUser = decision.kind !== "create" && decision.user.document.key === user.document.key;
  return isUser ? null : "another-user";
}
