import type { Budget } from "../../core/budget.ts";
import type { CustomerId, UserId } from "../../core/ids.ts";
import type { Role } from "../../core/roles.ts";
import type { ValueCheck } from "./compile-schema.ts";

/** The place of a field in a request. */
export type Place = "path" | "query" | "body";

/** A field as a rule writes it: `path.id`, `query.customer_id`, `body.subscription_id`. */
export interface Field {
  readonly place: Place;
  readonly name: string;
}

/** The claims of a caller's token that a rule may compare with. */
export type ClaimName = "customer_v2_id" | "sub";

/** `own`: the field equals the claim, or names exactly one document that belongs to it. */
export interface Own {
  readonly field: Field;
  readonly claim: ClaimName;
  /** Null: the field itself is compared. */
  readonly document: { readonly collection: string; readonly owner: readonly string[] } | null;
}

/** `set`: the field is overwritten with the claim. */
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

/**
 * `limit`: requests are counted by the client's address or network, by a field, or by a field
 * together with the client's address or network.
 */
export interface RuleLimit {
  /** The limit's name in the limits port. */
  readonly name: PolicyLimitName;
  readonly by: "address" | "network" | Field;
  /** A field is counted for each of these apart: a stranger must not spend its owner's budget. */
  readonly per: "address" | "network" | null;
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
  /** The JSON Schemas of the forwarded parts; null: any value. */
  readonly body: ValueCheck | null;
  readonly query: ValueCheck | null;
  readonly sums: Sums | null;
  readonly unchanged: readonly Unchanged[];
  /** Bound on the bytes of a judged body. */
  readonly maxBodyBytes: number;
  /** Names that deny the request where they occur in its query or anywhere in its body. */
  readonly forbid: readonly string[];
  /** Names that are removed from a JSON answer, at any depth. */
  readonly redact: readonly string[];
  /** Header names in lower case that are forwarded besides the usual ones. */
  readonly headers: ReadonlySet<string>;
  /** The legacy password login: roles that it refuses. */
  readonly login: { readonly refuse: readonly Role[] } | null;
  readonly limits: readonly RuleLimit[];
  /** Whether the backend's own caching headers pass: the answer is the same for all callers. */
  readonly mayBeKept: boolean;
  /** The field that names a customer or user with sessions to review after a good answer. */
  readonly ends: Field | null;
  /** Whether the request makes customers, who are linked after the answer. */
  readonly creates: boolean;
  /** The reason for an accepted risk, listed by `policy lint`. */
  readonly risk: string | null;
  /** Whether the body must be read and judged before it is forwarded. */
  readonly judgesBody: boolean;
  readonly judgesQuery: boolean;
  /** Whether the answer must be read and judged before it is forwarded. */
  readonly judgesAnswer: boolean;
}

/** The rules at a path for a method, for all roles. */
export interface Found {
  /** The pattern that the path alone chose: `/api/orders/:id`. */
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
  /** Of this method; they differ by role. Empty: no rule, which denies. */
  readonly rules: readonly PolicyRule[];
}

export interface Policy {
  readonly rules: readonly PolicyRule[];
  /** The budgets that the rules name, by the limits port's names. */
  readonly limits: Readonly<Record<PolicyLimitName, Budget>>;
  /** Header names in lower case that some rule lets through: pages may send them. */
  readonly headers: ReadonlySet<string>;
  /** @param path canonical, from `canonicalTarget`; @returns null where no pattern matches */
  find(method: string, path: string): Found | null;
}

/** The claims that rules compare with; null where the caller has none. */
export interface Claims {
  readonly sub: UserId;
  readonly customer_v2_id: CustomerId | null;
}

/** The rule for a role, or null: deny. A public rule is for every role. */
export function ruleFor({ rules }: Found, role: Role | null): PolicyRule | null {
  const isFor = ({ allow }: PolicyRule) =>
    allow === "public" || (role !== null && allow.includes(role));
  return rules.find(isFor) ?? null;
}

/** Parses a field of the policy file; the schema has checked its form. */
export function fieldOf(text: string): Field {
  const dot = text.indexOf(".");
  return { place: text.slice(0, dot) as Place, name: text.slice(dot + 1) };
}

/** In the policy file's form: `path.id`. */
export const fieldText = ({ name, place }: Field): string => `${place}.${name}`;

/** As an RFC 6901 pointer within its place: `/items`. */
export const fieldPointer = ({ name }: Field): string => `/${name}`;
