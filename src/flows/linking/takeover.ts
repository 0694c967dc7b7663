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
  /** As it would be without anything that this login wrote. */
  readonly before: StoredDocument;
  /** As this login left it. */
  readonly after: StoredDocument;
}

/** What taking a user may change. */
const TAKEN_FIELDS = [
  "customer_v2_id",
  MARK,
  "email",
  "password",
  "password_hash",
  "updated_at",
] as const;

/**
 * The takeover of a user after taking it, maybe not for the first time.
 *
 * @param earlier what this login had taken before
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
 * Gives a taken user back, where the link it was taken for did not come about. Whoever else links
 * it to the same customer writes it first, with a later `updated_at`: then it stays taken, or
 * their token would be for a link that was undone.
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

/** The facts as they would be without our own takeover: it must not be evidence for itself. */
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

/** The user as the store has it, where the decision saw it without our takeover. */
export function asStored(facts: LinkFacts, user: UsableUser): UsableUser {
  const stored = facts.users.find(({ document }) => document.key === user.document.key);
  return stored !== undefined && isUsable(stored) ? stored : user;
}

/** Puts back what the takeover changed, where it still is as the takeover left it: a text, or nothing. */
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
