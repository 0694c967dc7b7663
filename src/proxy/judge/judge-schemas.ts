import { fail, ok, type Result } from "../../core/result.ts";
import {
  type FieldFault,
  faultOfMember,
  NOTHING,
  type ValueCheck,
} from "../policy/compile-schema.ts";
import type { PolicyRule } from "../policy/policy.ts";
import type { ReadParts } from "./judged-fields.ts";
import type { QueryPairs } from "./judged-query.ts";
import { faultsInSums } from "./judged-sums.ts";

/** Bound on the named faults: one answer must not repeat a whole body. */
const MAX_FAULTS = 20;

type Unfit =
  | { readonly reason: "validation-failed"; readonly errors: readonly FieldFault[] }
  | { readonly reason: "request-malformed" };

/**
 * Whether query and body fit the rule's schemas and sums. A missing body is judged as an object
 * without members, so that the missing members are named.
 */
export function judgeSchemas(
  { body, query, sums }: PolicyRule,
  { json, pairs }: Pick<ReadParts, "json" | "pairs">,
): Result<null, Unfit> {
  const errors = [
    ...(query === null ? [] : faultsInQuery(query, pairs)),
    ...(body === null ? [] : body(json === null ? NOTHING : json.value)),
  ];
  if (errors.length === 0 && sums !== null && json !== null) {
    errors.push(...faultsInSums(sums, json));
  }
  if (errors.length > 0) {
    return fail({ reason: "validation-failed", errors: errors.slice(0, MAX_FAULTS) });
  }
  // A schema that allows any value still does not allow a hostile body.
  return json?.isHostile ? fail({ reason: "request-malformed" }) : ok(null);
}

const faultsInQuery = (query: ValueCheck, pairs: QueryPairs): readonly FieldFault[] =>
  pairs.length === 0 ? query(NOTHING) : [...repeatsIn(pairs), ...query(Object.fromEntries(pairs))];

/** The backend takes the last of two, other readers the first. */
function repeatsIn(pairs: QueryPairs): readonly FieldFault[] {
  const names = pairs.map(([name]) => name);
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  return [...twice].map((name) => faultOfMember("", name, "stands twice"));
}
