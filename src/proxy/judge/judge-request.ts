import { utf8 } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
import { andThen, type Maybe } from "../../core/maybe.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { FieldFault } from "../policy/compile-schema.ts";
import type { Claims, PolicyLimitName, PolicyRule } from "../policy/policy.ts";
import { withTextMember } from "../wire/splice-json.ts";
import type { StrictJson } from "../wire/strict-json.ts";
import { judgeOwners, judgeUnchanged, type LookUps } from "./judge-documents.ts";
import { judgeSchemas } from "./judge-schemas.ts";
import { holdsName, isOneOf, parseJudgedBody, type SentBody } from "./judged-body.ts";
import { claimOf, notOwner, type ReadParts, strays, textAt } from "./judged-fields.ts";
import { readQuery, writeQuery } from "./judged-query.ts";

/** The parts of a request that a rule may judge. */
export interface JudgedParts extends SentBody {
  /** The decoded parameters of `Found`. */
  readonly params: Readonly<Record<string, string>>;
  /** The query of `canonicalTarget`. */
  readonly query: string;
}

export interface JudgedRequest {
  /** The forwarded query: unchanged where the rule does not judge it. */
  readonly query: string;
  /** Null where there is no judged body. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly fields: JudgedFields;
}

/** Fields that the rule names for later steps. */
interface JudgedFields {
  /** For each limit that counts by a field, the key to count under. */
  readonly counted: ReadonlyMap<PolicyLimitName, string>;
  /** The customer with sessions to review after a good answer. */
  readonly ends: string | null;
}

export type JudgeFailure =
  | { readonly reason: "request-malformed" | "unsupported-media-type" | "payload-too-large" }
  | { readonly reason: "validation-failed"; readonly errors: readonly FieldFault[] }
  | FailureOf<"not-owner">
  | FailureOf<"route-denied">;

/**
 * Whether a rule lets this very request through, and its forwarded parts. Schemas judge the
 * forwarded parts. The database is asked last, only for a request that everything else allows.
 *
 * @param claims of the caller's token; null for a caller without one
 * @throws AdapterError where the store cannot answer
 */
export function judgeRequest(
  rule: PolicyRule,
  parts: JudgedParts,
  claims: Claims | null,
  lookUps: LookUps,
): Maybe<Result<JudgedRequest, JudgeFailure>> {
  const read = readParts(rule, parts);
  if (!read.ok) return read;
  if (holdsForbidden(rule, read.value)) return fail({ reason: "route-denied" });
  const forced = forcedParts(rule, read.value, claims);
  if (!forced.ok) return forced;
  const fits = judgeSchemas(rule, forced.value);
  if (!fits.ok) return fits;
  const fields = fieldsFor(rule, read.value);
  if (fields === null) return fail({ reason: "request-malformed" });
  const { json, pairs } = forced.value;
  const judged: JudgedRequest = {
    query: rule.judgesQuery ? writeQuery(pairs) : parts.query,
    body: json === null || json.text === read.value.json?.text ? parts.body : utf8(json.text),
    fields,
  };
  const owned = judgeOwners(rule.own, read.value, claims, lookUps);
  return andThen(owned, (owner): ReturnType<typeof judgeRequest> => {
    if (!owner.ok) return owner;
    const unchanged = judgeUnchanged(rule.unchanged, read.value, lookUps);
    return andThen(unchanged, (same) => (same.ok ? ok(judged) : same));
  });
}

function readParts(rule: PolicyRule, parts: JudgedParts): Result<ReadParts, JudgeFailure> {
  const pairs = rule.judgesQuery ? readQuery(parts.query) : [];
  if (pairs === null) return fail({ reason: "request-malformed" });
  const json = rule.judgesBody ? parseJudgedBody(parts, rule.maxBodyBytes) : ok(null);
  if (!json.ok) return json;
  // A schema names the field that holds `{"$ne": null}`; without one the body is only malformed.
  if (json.value?.isHostile && rule.body === null) return fail({ reason: "request-malformed" });
  return ok({ params: parts.params, pairs, json: json.value });
}

function holdsForbidden({ forbid, unchanged }: PolicyRule, { json, pairs }: ReadParts): boolean {
  if (forbid.length === 0 && unchanged.length === 0) return false;
  const names = new Set(forbid);
  const compared = new Set(unchanged.map(({ field }) => field.name));
  return (
    holdsName(json?.value, names) ||
    holdsName(strays(json?.value, compared), compared) ||
    pairs.some(([name]) => isOneOf(names, name) || isOneOf(compared, name))
  );
}

function fieldsFor({ ends, limits }: PolicyRule, read: ReadParts): JudgedFields | null {
  const counted = new Map<PolicyLimitName, string>();
  for (const { by, name } of limits) {
    if (typeof by === "string") continue;
    const key = countedAs(textAt(by, read));
    if (key === null) return null;
    counted.set(name, key);
  }
  const customer = ends === null ? null : textAt(ends, read);
  return ends !== null && customer === null ? null : { counted, ends: customer };
}

/**
 * One key for all spellings that the backend treats as equal: it strips an e-mail, lowers its
 * domain, maps letters of other scripts, and reads `Name <a@b>`. An ambiguous spelling is refused.
 */
function countedAs(value: string | null): string | null {
  const key = value?.trim().toLowerCase() ?? "";
  return /^[!-~]+$/.test(key) && !/[<>"()]/.test(key) ? key : null;
}

type ForcedParts = Pick<ReadParts, "pairs" | "json">;

/** Query and body with every field of `set` replaced, everything else as it was sent. */
function forcedParts(
  rule: PolicyRule,
  read: ReadParts,
  claims: Claims | null,
): Result<ForcedParts, JudgeFailure> {
  let { json, pairs } = read;
  for (const forced of rule.set) {
    const { name, place } = forced.field;
    const value = claimOf(claims, forced);
    if (value === null) return notOwner(forced.field);
    if (place === "query") {
      // Every occurrence, in every spelling: an empty one means "all" to the backend.
      pairs = [...pairs.filter(([key]) => key !== name), [name, value]];
    } else {
      json = withForced(json, name, value);
      if (json === null) return fail({ reason: "request-malformed" });
    }
  }
  return ok({ json, pairs });
}

function withForced(json: StrictJson | null, name: string, value: string): StrictJson | null {
  if (json === null) return null;
  const { text, value: object } = json;
  if (typeof object !== "object" || object === null || Array.isArray(object)) return null;
  return {
    ...json,
    text: withTextMember(text, name, value),
    value: { ...object, [name]: value },
  };
}
