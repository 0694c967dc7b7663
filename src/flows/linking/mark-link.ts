import { type Customer, MARK, type UsableUser } from "../../core/linking/documents.ts";
import type { WriteOutcome } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";

/**
 * Gives a link that another writer made our mark (LINKING step 3), so that the link outlives the
 * migrations that wipe links. Both sides must still be as they were read.
 */
export async function markLink(
  { directory }: Pick<Gateway, "directory">,
  customer: Customer,
  user: UsableUser,
): Promise<WriteOutcome> {
  const [document, duplicate] = await directory.findCustomers({ ids: [customer.id] });
  if (document?.fields["user_id"] !== user.id || duplicate !== undefined) return "lost";
  return setMark({ directory }, customer, user);
}

/** The same where both sides were read a moment ago. */
export const setMark = (
  { directory }: Pick<Gateway, "directory">,
  customer: Customer,
  user: UsableUser,
): Promise<WriteOutcome> =>
  directory.changeUser(user.document, ["customer_v2_id", MARK, "role"], {
    set: { [MARK]: customer.id },
  });
