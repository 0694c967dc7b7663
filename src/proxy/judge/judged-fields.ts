import { fail } from "../../core/result.ts";
import { type Claims, type Field, type Forced, fieldText } from "../policy/policy.ts";
import type { StrictJson } from "../wire/strict-json.ts";
import { memberOf } from "./judged-body.ts";
import type { QueryPairs } from "./judged-query.ts";

/** The parsed request. */
export interface ReadParts {
  readonly params: Readonly<Record<string, string>>;
  readonly pairs: QueryPairs;
  /** Null: no body, or no judged one. */
  readonly json: StrictJson | null;
}

/**
 * The one value of a field: a text that is not empty. Null for any other value and for a repeat.
 */
export function textAt({ name, place }: Field, { json, pairs, params }: ReadParts): string | null {
  const values: readonly unknown[] =
    place === "query"
      ? pairs.filter(([key]) => key === name).map(([, value]) => value)
      : [memberOf(place === "path" ? params : json?.value, name)];
  const [value, ...more] = values;
  return typeof value === "string" && value !== "" && more.length === 0 ? value : null;
}

export const claimOf = (claims: Claims | null, { claim }: Forced): string | null =>
  claims?.[claim] || null;

export const notOwner = (field: Field) => fail({ reason: "not-owner", field: fieldText(field) });

/** A JSON object without its direct members of these names. */
export function strays(json: unknown, names: ReadonlySet<string>): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  return Object.fromEntries(Object.entries(json).filter(([name]) => !names.has(name)));
}
