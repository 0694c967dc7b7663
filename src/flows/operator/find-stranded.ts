import { type Customer, readCustomer, readUser, type User } from "../../core/linking/documents.ts";
import { decideLink } from "../../core/linking/link-decision.ts";
import { customerNamedBy, isReservedEmail } from "../../core/linking/made-user.ts";
import { spellingsOf } from "../../core/phone.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { findLegacyUser } from "../linking/find-legacy-user.ts";
import { readLinkFacts } from "../linking/read-link-facts.ts";
import { pagesOf } from "./pages.ts";

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
 * login's own decision, from the records as they are.
 */
export async function* findStranded(gateway: StrandedPorts): AsyncIterable<StrandedUser> {
  for await (const page of pagesOf(gateway, "users")) {
    const users = page.map((document) => readUser(document, gateway.rules.phone));
    for (const user of users.filter(logsInByPassword)) {
      const because = await reasonOf(gateway, user);
      if (because !== null) yield { userId: user.id ?? user.document.key, because };
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

/** Null where one of the user's customers logs in as this user. */
async function reasonOf(
  gateway: StrandedPorts,
  user: User,
): Promise<StrandedUser["because"] | null> {
  const customers = await customersAround(gateway, user);
  let because: StrandedUser["because"] = "no-customer";
  for (const customer of customers) {
    const found = await loginOf(gateway, customer, user);
    if (found === null) return null;
    // The reason that says most: a contradiction before a customer who merely shares the phone.
    if (because === "no-customer" || found !== "another-user") because = found;
  }
  return (await logsInAlone(gateway, user)) ? null : because;
}

/** LEGACY_ONLY_LOGIN lets the user in without a customer. */
async function logsInAlone(gateway: StrandedPorts, { document, phone }: User): Promise<boolean> {
  const alone = phone === null ? null : await findLegacyUser(gateway, phone);
  return alone?.document.key === document.key;
}

async function customersAround(
  { directory, rules }: StrandedPorts,
  { customerId, document, email, id, mark, phone }: User,
): Promise<readonly Customer[]> {
  const named = [customerId, id, mark, customerNamedBy(email, rules.placeholder)];
  const documents = await directory.findCustomers({
    ids: named.filter((each) => each !== null),
    userIds: [id, document.objectId].filter((each) => each !== null),
    phones: phone === null ? [] : spellingsOf(phone),
  });
  return documents.flatMap((found) => readCustomer(found, rules.phone) ?? []);
}

async function loginOf(
  gateway: StrandedPorts,
  customer: Customer,
  user: User,
): Promise<StrandedUser["because"] | null> {
  const { phone } = customer;
  if (customer.status === null) return "stopped";
  if (phone === null) return "no-phone";
  const onPhone = await findCustomersOf(gateway, phone, [customer.document.key]);
  const now = onPhone.find(({ document }) => document.key === customer.document.key);
  if (now === undefined) return "conflict";
  const decision = decideLink(await readLinkFacts(gateway, phone, now, onPhone));
  if (decision.kind === "conflict" || decision.kind === "inactive") return "conflict";
  const isUser = decision.kind !== "create" && decision.user.document.key === user.document.key;
  return isUser ? null : "another-user";
}
