import { utf8 } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
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

/** What of a request a rule may look at. */
export interface JudgedParts extends SentBody {
  /** Of `Found`, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Of `canonicalTarget`. */
  readonly query: string;
}

export interface JudgedRequest {
  /** What is forwarded: as it came where the rule does not judge it. */
  readonly query: string;
  /** Null where none was given to be judged. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly fields: JudgedFields;
}

/** Fields that the rule names for what follows. */
interface JudgedFields {
  /** For each limit that counts by a field, the key to count under. */
  readonly counted: ReadonlyMap<PolicyLimitName, string>;
  /** The customer whose sessions are looked at after a good answer. */
  readonly ends: string | null;
}

export type JudgeFailure =
  | { readonly reason: "request-malformed" | "unsupported-media-type" | "payload-too-large" }
  | { readonly reason: "validation-failed"; readonly errors: readonly FieldFault[] }
  | FailureOf<"not-owner">
  | FailureOf<"route-denied">;

/**
 * Whether a rule lets this very request through, and what of it is forwarded. Schemas judge what is
 * forwarded. The database is asked last, only about what everything else allows.
 *
 * @param claims of the caller's token; null for who shows none
 * @throws AdapterError where the store cannot say whose a document is
 */
export async function judgeRequest(
  rule: PolicyRule,
  parts: JudgedParts,
  claims: Claims | null,
  lookUps: LookUps,
): Promise<Result<JudgedRequest, JudgeFailure>> {
  const read = readParts(rule, parts);
  if (!read.ok) return read;
  if (holdsForbidden(rule, read.value)) return fail({ reason: "route-denied" });
  const forced = forcedParts(rule, read.value, claims);
  if (!forced.ok) return forced;
  const fits = judgeSchemas(rule, forced.value);
  if (!fits.ok) return fits;
  const fields = fieldsFor(rule, read.value);
  if (fields === null) return fail({ reason: "request-malformed" });
  const owned = await judgeOwners(rule.own, read.value, claims, lookUps);
  if (!owned.ok) return owned;
  const unchanged = await judgeUnchanged(rule.unchanged, read.value, lookUps);
  if (!unchanged.ok) return unchanged;
  const { json, pairs } = forced.value;
  return ok({
    query: rule.judgesQuery ? writeQuery(pairs) : parts.query,
    body: json === null || json.text === read.value.json?.text ? parts.body : utf8(json.text),
    fields,
  });
}

function readParts(rule: PolicyRule, parts: JudgedParts): Result<ReadParts, JudgeFailure> {
  const pairs = rule.judgesQuery ? readQuery(parts.query) : [];
  if (pairs === null) return fail({ reason: "request-malformed" });
  const json = rule.judgesBody ? parseJudgedBody(parts, rule.maxBodyBytes) : ok(null);
  if (!json.ok) return json;
  // A schema names the field that holds `{"$ne": null}`; without one it is only malformed.
  if (json.value?.isHostile && rule.body === null) return fail({ reason: "request-malformed" });
  return ok({ params: parts.params, pairs, json: json.value });
}

function holdsForbidden({ forbid, unchanged }: PolicyRule, { json, pairs }: ReadParts): boolean {
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
    if (by === "address") continue;
    const key = countedAs(textAt(by, read));
    if (key === null) return null;
    counted.set(name, key);
  }
  const customer = ends === null ? null : textAt(ends, read);
  return ends !== null && customer === null ? null : { counted, ends: customer };
}

/**
 * One key for the spellings that the backend takes for one: it strips an e-mail, lowers its domain,
 * maps other scripts' letters, and reads `Name <a@b>`. What could be another's spelling is refused.
 */
function countedAs(value: string | null): string | null {
  const key = value?.trim().toLowerCase() ?? "";
  return /^[!-~]+$/.test(key) && !/[<>"()]/.test(key) ? key : null;
}

type ForcedParts = Pick<ReadParts, "pairs" | "json">;

/** Query and body with every field of `set` in place, all else as it was sent. */
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
