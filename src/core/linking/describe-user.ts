import type { User } from "./documents.ts";

/** Faults of a user, independent of the customer, as sentences for an operator. */
const FAULTS: readonly { readonly sentence: string; readonly holds: (user: User) => boolean }[] = [
  { sentence: "has no usable id", holds: ({ id }) => id === null },
  { sentence: "shares its id with another document", holds: ({ document }) => document.idShared },
  { sentence: "is not role customer", holds: ({ isCustomer }) => !isCustomer },
  { sentence: "is not active", holds: ({ active }) => !active },
];

export const userFaults = (user: User): string[] =>
  FAULTS.filter((fault) => fault.holds(user)).map(({ sentence }) => sentence);
