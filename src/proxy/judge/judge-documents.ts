import type { FailureOf } from "../../core/failure.ts";
import type { Maybe } from "../../core/maybe.ts";
import { type PhoneRules, parseStoredPhone } from "../../core/phone/phone.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Claims, Own, Unchanged } from "../policy/policy.ts";
import type { CachedOwnership } from "./cached-ownership.ts";
import { memberOf } from "./judged-body.ts";
import { claimOf, notOwner, type ReadParts, textAt } from "./judged-fields.ts";

/** Questions about stored documents. */
export interface LookUps extends CachedOwnership {
  /** The phone rules for requests and documents. */
  readonly phone: PhoneRules;
}

type Refused =
  | FailureOf<"not-owner">
  | FailureOf<"route-denied">
  | { readonly reason: "request-malformed" };

/** Whether every field of `own` is the caller's: directly by a claim, or by look-ups. */
export function judgeOwners(
  owns: readonly Own[],
  read: ReadParts,
  claims: Claims | null,
  { isOwner }: Pick<CachedOwnership, "isOwner">,
): Maybe<Result<null, Refused>> {
  const lookUps: LookUp[] = [];
  for (const own of owns) {
    const [id, owner] = [textAt(own.field, read), claimOf(claims, own)];
    if (id === null) return fail({ reason: "request-malformed" });
    const { document } = own;
    if (owner === null || !id.isWellFormed()) return notOwner(own.field);
    if (document === null && id !== owner) return notOwner(own.field);
    if (document === null) continue;
    const { collection, owner: ownerFields } = document;
    lookUps.push({ own, ask: () => isOwner({ collection, id, ownerFields, owner }) });
  }
  return askAll(lookUps);
}

interface LookUp {
  readonly own: Own;
  ask(): Maybe<boolean>;
}

/** One after the other, until one is refused: no question is asked in vain. */
function askAll(lookUps: readonly LookUp[]): Maybe<Result<null, Refused>> {
  for (const [at, { ask, own }] of lookUps.entries()) {
    const owned = ask();
    if (owned instanceof Promise) {
      return owned.then((is) => (is ? askAll(lookUps.slice(at + 1)) : notOwner(own.field)));
    }
    if (!owned) return notOwner(own.field);
  }
  return ok(null);
}

/**
 * Whether every sent field of `unchanged` equals the stored one. A page that sends the whole form
 * back passes. Another value is refused, and so is any value for a missing or duplicate document.
 */
export function judgeUnchanged(
  fields: readonly Unchanged[],
  read: ReadParts,
  lookUps: LookUps,
): Maybe<Result<null, Refused>> {
  return fields.length === 0 ? ok(null) : compareStored(fields, read, lookUps);
}

async function compareStored(
  fields: readonly Unchanged[],
  read: ReadParts,
  { phone, readField }: LookUps,
): Promise<Result<null, Refused>> {
  for (const { collection, field, id: named } of fields) {
    const sent = memberOf(read.json?.value, field.name);
    if (sent === undefined) continue;
    const id = textAt(named, read);
    if (id === null || !id.isWellFormed()) return fail({ reason: "request-malformed" });
    const stored = await readField({ collection, id, field: field.name });
    if (stored === null) return fail({ reason: "route-denied" });
    const isSame = field.name === "phone" ? isSamePhone(sent, stored.value, phone) : false;
    if (!isSame && !isSameValue(sent, stored.value)) return fail({ reason: "route-denied" });
  }
  return ok(null);
}

/** Two spellings of one number are one phone: the page may use another spelling than the store. */
function isSamePhone(sent: unknown, stored: unknown, rules: PhoneRules): boolean {
  const phone = parseStoredPhone(sent, rules);
  return phone !== null && phone === parseStoredPhone(stored, rules);
}

/** Letter by letter; null equals a missing field. */
function isSameValue(sent: unknown, stored: unknown): boolean {
  return JSON.stringify(sent ?? null) === JSON.stringify(stored ?? null);
}
