import {
  type Change,
  isUsable,
  readUser,
  type StoredDocument,
  type UsableUser,
  withChange,
} from "../../core/linking/documents.ts";
import type { LinkFacts } from "../../core/linking/link-evidence.ts";
import type { Gateway } from "../gateway.ts";

/** A user whom this login has taken for its customer. */
export interface Claim {
  /** As it would be without anything that this login wrote. */
  readonly before: StoredDocument;
  /** As this login left it. */
  readonly after: StoredDocument;
}

/** What taking a user may change. */
const TAKEN_FIELDS = [
  "customer_v2_id",
  "email",
  "password",
  "password_hash",
  "updated_at",
] as const;

/**
 * The claim on a user after taking it, maybe not for the first time.
 *
 * @param earlier what this login had taken before
 * @param read the user as the store had it
 */
export function claimOf(earlier: Claim | null, read: StoredDocument, after: StoredDocument): Claim {
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
export async function giveBack({ directory }: Gateway, claim: Claim): Promise<void> {
  const change = undoing(claim, claim.after);
  if (Object.keys(change.set).length + change.unset.length === 0) return;
  await directory.changeUser(claim.after, ["customer_v2_id", "email", "updated_at"], change);
}

/** The facts as they would be without our own claim: it must not be evidence for itself. */
export function withoutClaim(
  { rules }: Pick<Gateway, "rules">,
  facts: LinkFacts,
  claim: Claim,
): LinkFacts {
  const users = facts.users.map((user) => {
    if (user.document.key !== claim.before.key) return user;
    return readUser(withChange(user.document, undoing(claim, user.document)), rules.phone);
  });
  return { ...facts, users };
}

/** The user as the store has it, where the decision saw it without our claim. */
export function asStored(facts: LinkFacts, user: UsableUser): UsableUser {
  const stored = facts.users.find(({ document }) => document.key === user.document.key);
  return stored !== undefined && isUsable(stored) ? stored : user;
}

/** Puts back what the claim changed, where it still is as the claim left it: a text, or nothing. */
function undoing({ after, before }: Claim, stored: StoredDocument): Required<Change> {
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
