import type { CustomerId } from "../../core/ids.ts";
import {
  type Change,
  isUsable,
  MARK,
  readUser,
  type StoredDocument,
  type UsableUser,
  withChange,
} from "../../core/linking/documents.ts";
import type { LinkFacts, SharedFacts } from "../../core/linking/ties.ts";
import type { Gateway } from "../gateway.ts";

/** A user whom this login has taken for its customer. */
export interface Takeover {
  /** The document without the writes of this login. */
  readonly before: StoredDocument;
  /** The document after the writes of this login. */
  readonly after: StoredDocument;
}

/** The fields that a takeover may change. */
const TAKEN_FIELDS = [
  "customer_v2_id",
  MARK,
  "email",
  "password",
  "password_hash",
  "updated_at",
] as const;

/**
 * The takeover of a user after a write, possibly not the first.
 *
 * @param earlier the takeover before this write
 * @param read the user as the store had it
 */
export function takeoverOf(
  earlier: Takeover | null,
  read: StoredDocument,
  after: StoredDocument,
): Takeover {
  const ours =
    earlier !== null &&
    earlier.after.key === read.key &&
    earlier.after.fields["updated_at"] === read.fields["updated_at"];
  return { before: ours ? withChange(read, undoing(earlier, read)) : read, after };
}

/**
 * Gives a taken user back, where the login does not complete the link. Another login that links the
 * same user to the same customer writes a later `updated_at` first: then the user stays taken, or
 * that login's token would be for an undone link.
 */
export async function giveBack(
  { directory }: Pick<Gateway, "directory">,
  takeover: Takeover,
): Promise<void> {
  const change = undoing(takeover, takeover.after);
  if (Object.keys(change.set).length + change.unset.length === 0) return;
  await directory.changeUser(
    takeover.after,
    ["customer_v2_id", MARK, "email", "updated_at"],
    change,
  );
}

/** The facts without our own takeover, which must not be evidence for itself. */
export function withoutTakeover<Facts extends SharedFacts>(
  { rules }: Pick<Gateway, "rules">,
  facts: Facts,
  takeover: Takeover,
): Facts {
  const users = facts.users.map((user) => {
    if (user.document.key !== takeover.before.key) return user;
    return readUser(withChange(user.document, undoing(takeover, user.document)), rules.phone);
  });
  return { ...facts, users };
}

/** The user as stored, where the decision saw the user without our takeover. */
export function asStored(facts: LinkFacts, user: UsableUser): UsableUser {
  const stored = facts.users.find(({ document }) => document.key === user.document.key);
  return stored !== undefined && isUsable(stored) ? stored : user;
}

/** Restores the changed fields, where each is still as the takeover left it: a text, or nothing. */
function undoing({ after, before }: Takeover, stored: StoredDocument): Required<Change> {
  const ours = TAKEN_FIELDS.filter(
    (name) =>
      after.fields[name] !== before.fields[name] && after.fields[name] === stored.fields[name],
  );
  const had = ours.filter((name) => Object.hasOwn(before.fields, name));
  return {
    set: Object.fromEntries(had.map((name) => [name, before.fields[name]])),
    unset: ours.filter((name) => !had.includes(name)),
  };
}

/**
 * Gives back the user of a login that was refused after the takeover. Where the customer points at
 * the user, the takeover completed the link, and another login may rely on it: then it stays.
 */
export async function giveBackUnlinked(
  gateway: Pick<Gateway, "directory">,
  chosen: CustomerId,
  takeover: Takeover | null,
): Promise<void> {
  if (takeover === null) return;
  const customers = await gateway.directory.findCustomers({ ids: [chosen] });
  const pointsAt = (pointer: unknown) => pointer === takeover.after.fields["id"];
  if (customers.some(({ fields }) => pointsAt(fields["user_id"]))) return;
  await giveBack(gateway, takeover);
}
