import type { FailureOf } from "../../core/failure.ts";
import { type PhoneRules, parseStoredPhone } from "../../core/phone.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Ownership } from "../../ports/ownership.ts";
import type { Claims, Own, Unchanged } from "../policy/policy.ts";
import { memberOf } from "./judged-body.ts";
import { claimOf, notOwner, type ReadParts, textAt } from "./judged-fields.ts";

/** Questions about stored documents. */
export interface LookUps extends Ownership {
  /** The phone rules for requests and documents. */
  readonly phone: PhoneRules;
}

type Refused =
  | FailureOf<"not-owner">
  | FailureOf<"route-denied">
  | { readonly reason: "request-malformed" };

/** Whether every field of `own` is the caller's: directly by a claim, or by look-ups. */
export async function judgeOwners(
  owns: readonly Own[],
  read: ReadParts,
  claims: Claims | null,
  { isOwner }: Ownership,
): Promise<Result<null, Refused>> {
  const lookUps: { readonly own: Own; ask(): Promise<boolean> }[] = [];
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
  for (const { ask, own } of lookUps) {
    if (!(await ask())) return notOwner(own.field);
  }
  return ok(null);
}

/**
 * Whether every sent field of `unchanged` equals the stored one. A page that sends the whole form
 * back passes. Another value is refused, and so is any value for a missing or duplicate document.
 */
export async function judgeUnchanged(
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
