import type { Phone } from "../ids.ts";
import {
  type Customer,
  IMPORT_DOMAIN,
  isUsable,
  type StoredDocument,
  textOf,
  type UsableUser,
  type User,
} from "./documents.ts";
import { decideLink } from "./link-decision.ts";
import { isReservedEmail } from "./made-user.ts";
import type { LinkFacts } from "./ties.ts";

/**
 * How a person's two records stand. `linked`: both sides name each other; `linked-at-login`: an id
 * ties them, and the next login or `doorstep link` writes the link; `no-user`, `no-customer`: there
 * is one record only; `user-inactive`: the user is switched off; `conflict`: the records contradict
 * each other; `no-phone`: the customer's number cannot be read; `no-id`: the record has no id.
 */
export type LinkState =
  | "linked"
  | "linked-at-login"
  | "no-user"
  | "no-customer"
  | "user-inactive"
  | "conflict"
  | "no-phone"
  | "no-id";

/** One person of both collections: one line of `doorstep export --unified`. */
export interface UnifiedRecord {
  readonly customer_id: string | null;
  readonly user_id: string | null;
  readonly link: LinkState;
  readonly name: string;
  /** E.164; null where no number can be read. */
  readonly phone: string | null;
  /** Null for an invented e-mail. */
  readonly email: string | null;
  readonly address: string | null;
  readonly area: string | null;
  readonly status: string | null;
  /** Of the user; null without one. */
  readonly is_active: boolean | null;
}

/** A customer's user, and how the two stand. */
export interface Pairing {
  readonly link: LinkState;
  /** Null: none, or none that is certain. */
  readonly user: UsableUser | null;
}

/** The certain user of a customer: the decision of a login, where it rests on an id. */
export function pairingOf(facts: LinkFacts): Pairing {
  const decision = decideLink(facts);
  switch (decision.kind) {
    case "linked":
      return { link: "linked", user: decision.user };
    case "reuse":
      return decision.rank === "D"
        ? { link: "no-user", user: null }
        : { link: "linked-at-login", user: decision.user };
    case "create":
      return { link: "no-user", user: null };
    case "inactive":
      return { link: "user-inactive", user: decision.user };
    case "conflict":
      return { link: "conflict", user: null };
  }
}

/** For a customer without a readable phone: only a link that stands on both sides counts. */
export function pairingWithoutPhone(customer: Customer, users: readonly User[]): Pairing {
  const [user, ...others] = users.filter(
    ({ customerId, id }) => customerId === customer.id && id !== null && id === customer.pointer,
  );
  const isSure = user !== undefined && others.length === 0 && !customer.document.idShared;
  return { link: "no-phone", user: isSure && isUsable(user) ? user : null };
}

/** @param document of customers_v2; its fields are the source of truth for name and phone */
export function customerRecord(
  document: StoredDocument,
  phone: Phone | null,
  { link, user }: Pairing,
): UnifiedRecord {
  const { address, area, id, name, status } = document.fields;
  return {
    customer_id: textOf(id),
    user_id: user?.id ?? null,
    link,
    name: textOf(name) ?? user?.name ?? "",
    phone: phone ?? user?.phone ?? null,
    email: user === null ? null : ownEmail(user),
    address: textOf(address),
    area: textOf(area),
    status: textOf(status),
    is_active: user?.active ?? null,
  };
}

/** A user of no customer. */
export const userRecord = (user: User): UnifiedRecord => ({
  customer_id: null,
  user_id: user.id,
  link: user.id === null ? "no-id" : "no-customer",
  name: user.name,
  phone: user.phone,
  email: ownEmail(user),
  address: null,
  area: null,
  status: null,
  is_active: user.active,
});

/** An e-mail of the backend's or of ours names no mailbox. */
const ownEmail = ({ email }: User): string | null =>
  email === null || isReservedEmail(email) || email.endsWith(`@${IMPORT_DOMAIN}`) ? null : email;
