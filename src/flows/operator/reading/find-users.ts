import type { CustomerId, UserId } from "../../../core/ids.ts";
import { parseTypedPhone } from "../../../core/phone/phone.ts";
import type { Gateway } from "../../gateway.ts";
import { findCustomersOf } from "../../linking/find-customers.ts";
import { canBeAnId, readUsersTiedTo } from "../../sessions/review-sessions.ts";
import type { SpellingSearch } from "./search-spellings.ts";

export interface FoundUsers {
  /** Whether the text names at least one document. */
  readonly anybody: boolean;
  /** `users.id` of all users who may have a session, with or without a document. */
  readonly ids: readonly UserId[];
}

/**
 * The users for a phone, a `users.id` or a `customers_v2.id`: the user of that id, and all users
 * that are tied to the customers of that id or phone. A user's own copy of a phone does not count:
 * a session depends on the customer's phone.
 */
export async function findUsers(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  text: string,
  search: SpellingSearch,
): Promise<FoundUsers> {
  if (!canBeAnId(text)) return { anybody: false, ids: [] };
  const { directory, rules } = gateway;
  const phone = parseTypedPhone(text, rules.phone);
  const keys = phone === null ? [] : await search.keysOf([phone]);
  const [users, customers, onPhone] = await Promise.all([
    directory.findUsers({ ids: [text] }),
    directory.findCustomers({ ids: [text] }),
    phone === null ? [] : findCustomersOf(gateway, phone, keys),
  ]);
  // Also for a deleted customer: the customer's users may still have sessions.
  const named = [text as CustomerId, ...onPhone.map(({ id }) => id)];
  const tied = await Promise.all(named.map((id) => readUsersTiedTo(gateway, id)));
  return {
    anybody: users.length + customers.length + onPhone.length > 0,
    ids: [...new Set([text as UserId, ...tied.flat()])],
  };
}
