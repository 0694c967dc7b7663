import type { Budget } from "../../core/budget.ts";
import type { CustomerId, UserId } from "../../core/ids.ts";
import type { Role } from "../../core/roles.ts";
import type { ValueCheck } from "./compile-schema.ts";

/** Where a field of a request stands. */
export type Place = "path" | "query" | "body";

/** A field as a rule writes it: `path.id`, `query.customer_id`, `body.subscription_id`. */
export interface Field {
  readonly place: Place;
  readonly name: string;
}

/** What a caller's token says that a rule may compare with. */
export type ClaimName = "customer_v2_id" | "sub";

/** `own`: the field equals the claim, or names exactly one document whose owner fields do. */
export interface Own {
  readonly field: Field;
  readonly claim: ClaimName;
  /** Null: the field itself is compared. */
  readonly document: { readonly collection: string; readonly owner: readonly string[] } | null;
}

/** `set`: the field is forced to the claim. */
export interface Forced {
  readonly field: Field;
  readonly claim: ClaimName;
}

/** `sums`: in each item of a list, one number is the product of others, within a tolerance. */
export interface Sums {
  readonly list: Field;
  readonly total: string;
  readonly product: readonly string[];
  readonly within: number;
}

/** `unchanged`: the field may be sent only with the value that the stored document has. */
export interface Unchanged {
  readonly field: Field;
  readonly collection: string;
  /** The field that names the document. */
  readonly id: Field;
}

/** `limit`: requests are counted by the client's address, by a field, or by both together. */
export interface RuleLimit {
  /** What the limits port calls it. */
  readonly name: PolicyLimitName;
  readonly by: "address" | Field;
  /** Whether a field is counted for each address apart: a stranger must not spend it for its owner. */
  readonly perAddress: boolean;
}

export type PolicyLimitName = `policy/${string}`;

/** One compiled rule of the policy file (docs/policy.md#how-a-rule-reads). */
export interface PolicyRule {
  /** `rules[3]`, for messages. */
  readonly position: string;
  /** As the file writes it: `GET /api/orders/:id`. */
  readonly match: string;
  readonly allow: "public" | readonly Role[];
  readonly own: readonly Own[];
  readonly set: readonly Forced[];
  /** The JSON Schemas of what is forwarded; null: whatever it is. */
  readonly body: ValueCheck | null;
  readonly query: ValueCheck | null;
  readonly sums: Sums | null;
  readonly unchanged: readonly Unchanged[];
  /** Bytes that a judged body may have. */
  readonly maxBodyBytes: number;
  /** Names that deny the request where they stand in its query or anywhere in its body. */
  readonly forbid: readonly string[];
  /** Names that are removed from a JSON answer, at any depth. */
  readonly redact: readonly string[];
  /** Header names in lower case that go on to the upstream besides the usual ones. */
  readonly headers: ReadonlySet<string>;
  /** The legacy password login: roles that it refuses. */
  readonly login: { readonly refuse: readonly Role[] } | null;
  readonly limits: readonly RuleLimit[];
  /** Whether the backend's own caching is passed on: an answer that is the same for everybody. */
  readonly mayBeKept: boolean;
  /** The field that names a customer or user whose sessions are looked at again after a good answer. */
  readonly ends: Field | null;
  /** Why the rule is as open as it is: an accepted risk, listed by `policy lint`. */
  readonly risk: string | null;
  /** Whether the body must be read and judged before it is forwarded. */
  readonly judgesBody: boolean;
  readonly judgesQuery: boolean;
  /** Whether the answer must be read and judged before it is passed on. */
  readonly judgesAnswer: boolean;
}

/** What stands at a path for a method, whoever asks. */
export interface Found {
  /** The pattern that was chosen by path alone: `/api/orders/:id`. */
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
  /** Of this method; they differ by role. Empty: nothing there, which is deny. */
  readonly rules: readonly PolicyRule[];
}

export interface Policy {
  readonly rules: readonly PolicyRule[];
  /** The budgets that the rules name, by the limits port's names. */
  readonly limits: Readonly<Record<PolicyLimitName, Budget>>;
  /** Header names in lower case that some rule lets through: what pages may send. */
  readonly headers: ReadonlySet<string>;
  /** @param path canonical, as `canonicalTarget` gives it; @returns null where no pattern fits */
  find(method: string, path: string): Found | null;
}

/** The claims that rules compare with; null where the caller has none. */
export interface Claims {
  readonly sub: UserId;
  readonly customer_v2_id: CustomerId | null;
}

/** The rule for a role, or null: deny. A public rule is everybody's. */
export function ruleFor({ rules }: Found, role: Role | null): PolicyRule | null {
  const isFor = ({ allow }: PolicyRule) =>
    allow === "public" || (role !== null && allow.includes(role));
  return rules.find(isFor) ?? null;
}

/** A field as the policy file spells it; the schema has checked its form. */
export function fieldOf(text: string): Field {
  const dot = text.indexOf(".");
  return { place: text.slice(0, dot) as Place, name: text.slice(dot + 1) };
}

/** As the policy file spells it: `path.id`. */
export const fieldText = ({ name, place }: Field): string => `${place}.${name}`;

/** By RFC 6901 in its place: `/items`. */
export const fieldPointer = ({ name }: Field): string => `/${name}`;
