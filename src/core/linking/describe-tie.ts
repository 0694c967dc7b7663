import type { Customer, User } from "./documents.ts";
import type { LinkFacts } from "./link-evidence.ts";
import { customerNamedBy } from "./made-user.ts";

/** One thing that ties a user to a customer, or speaks against it, as an operator reads it. */
interface Tie {
  readonly sentence: string;
  holds(user: User, customer: Customer, facts: LinkFacts): boolean;
}

/** In the order of LINKING step 5: what the user says, what the customer says, what they share. */
const TIES: readonly Tie[] = [
  {
    sentence: "users.customer_v2_id names the customer",
    holds: (user, customer) => user.customerId === customer.id,
  },
  {
    sentence: "users.id equals customers_v2.id (import)",
    holds: (user, customer) => (user.id as string | null) === customer.id,
  },
  {
    sentence: "users.id is the one that doorstep makes for the customer",
    holds: (user, customer, { made }) => user.id === made.get(customer.id)?.userId,
  },
  {
    sentence: "users._id is the one that doorstep makes for the customer",
    holds: ({ document }, customer, { made }) =>
      document.objectId !== null && document.objectId === made.get(customer.id)?.objectId,
  },
  {
    sentence: "users.email names the customer",
    holds: ({ email }, customer, { placeholder }) =>
      customerNamedBy(email, placeholder) === customer.id,
  },
  {
    sentence: "customers_v2.user_id names users.id",
    holds: ({ id }, { pointer }) => pointer !== null && pointer === id,
  },
  {
    sentence: "customers_v2.user_id names users._id (backfill)",
    holds: ({ document }, { pointer }) => pointer !== null && pointer === document.objectId,
  },
  {
    sentence: "both have the phone",
    holds: (user, customer) => user.phone !== null && user.phone === customer.phone,
  },
  {
    sentence: "but the phones differ",
    holds: (user, customer) =>
      user.phone !== null && customer.phone !== null && user.phone !== customer.phone,
  },
];

/** What speaks against a user, whoever the customer is. */
const FAULTS: readonly { readonly sentence: string; holds(user: User): boolean }[] = [
  { sentence: "has no usable id", holds: ({ id }) => id === null },
  { sentence: "shares its id with another document", holds: ({ document }) => document.idShared },
  { sentence: "is not role customer", holds: ({ isCustomer }) => !isCustomer },
  { sentence: "is not active", holds: ({ active }) => !active },
];

export const tiesOf = (user: User, customer: Customer, facts: LinkFacts): string[] =>
  TIES.filter((tie) => tie.holds(user, customer, facts)).map(({ sentence }) => sentence);

export const faultsOf = (user: User): string[] =>
  FAULTS.filter((fault) => fault.holds(user)).map(({ sentence }) => sentence);
