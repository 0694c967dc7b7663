import type { CustomerId, Phone } from "../ids.ts";
import { spellingsOf } from "../phone/phone.ts";
import { type Customer, textOf, type User } from "./documents.ts";
import { customerNamedBy, type MadeIds, namingEmails, type PlaceholderRule } from "./made-user.ts";

/** The facts for the decisions about all customers of one phone (LINKING "Read"). */
export interface SharedFacts {
  /** P, the proven phone. */
  readonly phone: Phone;
  /**
   * Every customer that was read: those on P, those that the users name, and those that
   * name the users.
   */
  readonly customers: readonly Customer[];
  readonly users: readonly User[];
  /** U* and O* of every customer that was read, and of those that users made by us name. */
  readonly made: ReadonlyMap<CustomerId, MadeIds>;
  readonly placeholder: PlaceholderRule;
  readonly now: number;
}

/** The facts for a decision about one of these customers. */
export interface LinkFacts extends SharedFacts {
  /** C, the chosen customer. */
  readonly customer: Customer;
}

/**
 * How strongly a user and a customer are tied (LINKING step 5). A: both name each other. B: the
 * user names the customer. C: the customer names the user. D: they share a phone.
 */
export type Rank = "A" | "B" | "C" | "D";

/** Values for a query of users, by field, as the directory takes them. */
export type UserFields = {
  readonly ids?: readonly (string | null | undefined)[];
  readonly objectIds?: readonly (string | null | undefined)[];
  readonly customerIds?: readonly string[];
  readonly marks?: readonly string[];
  readonly emails?: readonly string[];
  readonly phones?: readonly (string | number)[];
};

type CustomerFields = {
  readonly ids?: readonly (string | null)[];
  readonly userIds?: readonly (string | null)[];
};

/** One kind of evidence that ties a user to a customer. */
interface Tie {
  readonly rank: Exclude<Rank, "A">;
  /** The sentence for an operator. */
  readonly sentence: string;
  /** Before the cut-over any token could write `customers_v2`: alone, it needs a witness (step 6). */
  readonly forgeable?: true;
  readonly holds: (user: User, customer: Customer, facts: SharedFacts) => boolean;
  /** Query values for the users whom the tie could join to the customer. */
  readonly users?: (customer: Customer, facts: SharedFacts) => UserFields;
  /** Query values for the customers whom the tie could join to the user. */
  readonly customers?: (user: User, facts: Pick<SharedFacts, "placeholder">) => CustomerFields;
}

const BY_LINK: Tie = {
  rank: "B",
  sentence: "users.customer_v2_id names the customer",
  holds: (user, customer) => user.customerId === customer.id,
  users: ({ id }) => ({ customerIds: [id] }),
  customers: ({ customerId }) => ({ ids: [customerId] }),
};

const BY_PHONE: Tie = {
  rank: "D",
  sentence: "both have the phone",
  holds: shareAPhone,
  users: (_, { phone }) => ({ phones: spellingsOf(phone) }),
};

/** In the order of LINKING step 5: the user's own fields, the customer's fields, shared fields. */
const TIES: readonly Tie[] = [
  BY_LINK,
  {
    rank: "B",
    sentence: "users.doorstep_customer_id, written by doorstep alone, names the customer",
    holds: (user, customer, facts) => markedCustomer(user, facts) === customer.id,
    users: ({ id }) => ({ marks: [id] }),
    customers: ({ mark }) => ({ ids: [mark] }),
  },
  {
    rank: "B",
    sentence: "users.id equals customers_v2.id (import)",
    forgeable: true,
    holds: (user, customer) => (user.id as string | null) === customer.id,
    users: ({ id }) => ({ ids: [id] }),
    customers: ({ id }) => ({ ids: [id] }),
  },
  {
    rank: "B",
    sentence: "users.id is the one that doorstep makes for the customer",
    holds: (user, customer, { made }) => user.id === made.get(customer.id)?.userId,
    users: ({ id }, { made }) => ({ ids: [made.get(id)?.userId] }),
  },
  {
    rank: "B",
    sentence: "users._id is the one that doorstep makes for the customer",
    holds: ({ document }, customer, { made }) =>
      document.objectId !== null && document.objectId === made.get(customer.id)?.objectId,
    users: ({ id }, { made }) => ({ objectIds: [made.get(id)?.objectId] }),
  },
  {
    rank: "B",
    sentence: "users.email names the customer",
    holds: ({ email }, customer, { placeholder }) =>
      customerNamedBy(email, placeholder) === customer.id,
    users: ({ id }, { placeholder }) => ({ emails: namingEmails(id, placeholder) }),
    customers: ({ email }, { placeholder }) => ({ ids: [customerNamedBy(email, placeholder)] }),
  },
  {
    rank: "C",
    sentence: "customers_v2.user_id names users.id",
    forgeable: true,
    holds: ({ id }, { pointer }) => pointer !== null && pointer === id,
    users: ({ pointer }) => ({ ids: [pointer] }),
    customers: ({ id }) => ({ userIds: [id] }),
  },
  {
    rank: "C",
    sentence: "customers_v2.user_id names users._id",
    forgeable: true,
    holds: (user, customer) => isHexPointerAt(customer, user) && !shareAPhone(user, customer),
    users: ({ pointer }) => ({
      objectIds: [/^[0-9a-f]{24}$/.test(pointer ?? "") ? pointer : null],
    }),
    customers: ({ document }) => ({ userIds: [document.objectId] }),
  },
  {
    rank: "D",
    // The backfill compared the phone only and took the first user with it, of any role.
    sentence: "customers_v2.user_id names users._id, as the backfill by phone wrote it",
    holds: (user, customer) => isHexPointerAt(customer, user) && shareAPhone(user, customer),
  },
  BY_PHONE,
];

function shareAPhone(user: User, customer: Customer): boolean {
  return user.phone !== null && user.phone === customer.phone;
}

function isHexPointerAt({ pointer }: Customer, { document }: User): boolean {
  return pointer !== null && pointer === document.objectId;
}

/** The customer's `user_id` is the user's `id` or 24-hex `_id`. */
export function pointsAt(customer: Customer, user: User): boolean {
  return (
    customer.pointer !== null && (customer.pointer === user.id || isHexPointerAt(customer, user))
  );
}

/** The ties between the two; none where an operator has parted them (`doorstep unlink`). */
function tiesBetween(user: User, customer: Customer, facts: SharedFacts): readonly Tie[] {
  if (isParted(user, customer)) return [];
  return TIES.filter((tie) => tie.holds(user, customer, facts));
}

/** `!C` in the mark: an operator declared that the user is not this customer's. */
export const isParted = ({ mark }: User, { id }: Customer): boolean => mark === `!${id}`;

export function rankOf(user: User, customer: Customer, facts: SharedFacts): Rank | null {
  const ties = tiesBetween(user, customer, facts);
  const has = (rank: Rank) => ties.some((tie) => tie.rank === rank);
  if (ties.includes(BY_LINK) && pointsAt(customer, user)) return "A";
  return (["B", "C", "D"] as const).find(has) ?? null;
}

/** Whether any token could have written all ties by id between the two before the cut-over. */
export function isForgeable(user: User, customer: Customer, facts: SharedFacts): boolean {
  const ties = tiesBetween(user, customer, facts).filter(({ rank }) => rank !== "D");
  return ties.every(({ forgeable }) => forgeable === true);
}

/** The ties between the two, and the objections to them, as sentences for an operator. */
export function tieSentences(user: User, customer: Customer, facts: SharedFacts): string[] {
  const sentences = tiesBetween(user, customer, facts).map(({ sentence }) => sentence);
  const phonesDiffer =
    user.phone !== null && customer.phone !== null && user.phone !== customer.phone;
  return [
    ...sentences,
    ...(phonesDiffer ? ["but the phones differ"] : []),
    ...(isParted(user, customer) ? ["but a person parted them (doorstep unlink)"] : []),
  ];
}

/**
 * LINKING R2: the query values for the users of these customers.
 *
 * @param byPhone false where no user is known to have the phone
 */
export function usersTiedTo(
  customers: readonly Customer[],
  facts: SharedFacts,
  byPhone = true,
): UserFields[] {
  const ties = byPhone ? TIES : TIES.filter((tie) => tie !== BY_PHONE);
  return ties.flatMap(({ users }) => customers.map((customer) => users?.(customer, facts) ?? {}));
}

/** LINKING R3: the query values for the customers of these users. */
export function customersTiedTo(
  users: readonly User[],
  facts: Pick<SharedFacts, "placeholder">,
): CustomerFields[] {
  return TIES.flatMap(({ customers }) => users.map((user) => customers?.(user, facts) ?? {}));
}

/** The legacy API writes a user first and its customer later. */
const YOUNG_MS = 10 * 60_000;
/** A naive local time read as UTC is some hours ahead; a time further ahead is ignored. */
const MAX_CLOCK_AHEAD_MS = 24 * 3_600_000;

/** Whether the user names a customer that does not exist or is not yet written. */
export function isAwaitingItsCustomer(user: User, facts: SharedFacts): boolean {
  const age = user.createdAt === null ? YOUNG_MS : facts.now - user.createdAt;
  return namesNobody(user, facts) && age < YOUNG_MS && age > -MAX_CLOCK_AHEAD_MS;
}

const namesNobody = ({ customerId }: User, { customers }: SharedFacts): boolean =>
  customerId !== null && !customers.some(({ id }) => id === customerId);

/**
 * The customer that our own mark names. The mark counts only where `customer_v2_id` is empty,
 * dangling or the same: a value that the legacy backend writes there later is newer than the mark.
 */
export function markedCustomer(user: User, facts: SharedFacts): CustomerId | null {
  const marked = textOf(user.mark);
  if (marked === null || marked.startsWith("!")) return null;
  const isFree =
    user.customerId === null || (namesNobody(user, facts) && !isAwaitingItsCustomer(user, facts));
  return isFree || user.customerId === marked ? (marked as CustomerId) : null;
}

/** Whether the gateway made the link: the mark says so, or the user was made for the customer. */
export function isOurs(user: User, customer: Customer, facts: SharedFacts): boolean {
  const made = facts.made.get(customer.id);
  return (
    !isParted(user, customer) &&
    (markedCustomer(user, facts) === customer.id ||
      (made !== undefined && (user.id === made.userId || user.document.objectId === made.objectId)))
  );
}
