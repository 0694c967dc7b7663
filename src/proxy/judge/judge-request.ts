import { utf8 } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Ownership } from "../../ports/ownership.ts";
import {
  type Claims,
  type Field,
  type Forced,
  fieldText,
  type Own,
  type PolicyLimitName,
  type PolicyRule,
} from "../policy/policy.ts";
import { holdsName, isOneOf, memberOf, parseJudgedBody, type SentBody } from "./judged-body.ts";
import { type QueryPairs, readQuery, writeQuery } from "./judged-query.ts";

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
  | FailureOf<"not-owner">
  | FailureOf<"route-denied">;

/**
 * Whether a rule lets this very request through, and what of it is forwarded. The database is asked
 * last, only about what everything else allows.
 *
 * @param claims of the caller's token; null for who shows none
 * @throws AdapterError where the store cannot say whose a document is
 */
export async function judgeRequest(
  rule: PolicyRule,
  parts: JudgedParts,
  claims: Claims | null,
  isOwner: Ownership["isOwner"],
): Promise<Result<JudgedRequest, JudgeFailure>> {
  const read = readParts(rule, parts);
  if (!read.ok) return read;
  const names = new Set(rule.forbid);
  const { json, pairs } = read.value;
  if (holdsName(json, names) || pairs.some(([name]) => isOneOf(names, name))) {
    return fail({ reason: "route-denied" });
  }
  const fields = fieldsFor(rule, read.value);
  if (fields === null) return fail({ reason: "request-malformed" });
  const forwarded = forcedParts(rule, parts, read.value, claims);
  if (!forwarded.ok) return forwarded;
  const owned = await judgeOwners(rule.own, read.value, claims, isOwner);
  return owned.ok ? ok({ ...forwarded.value, fields }) : owned;
}

/** The request as it was understood. */
interface ReadParts {
  readonly params: JudgedParts["params"];
  readonly pairs: QueryPairs;
  readonly json: unknown;
}

function readParts(rule: PolicyRule, parts: JudgedParts): Result<ReadParts, JudgeFailure> {
  const pairs = rule.judgesQuery ? readQuery(parts.query) : [];
  if (pairs === null) return fail({ reason: "request-malformed" });
  const json = rule.judgesBody ? parseJudgedBody(parts) : ok(undefined);
  return json.ok ? ok({ params: parts.params, pairs, json: json.value }) : json;
}

/** The one value of a field: a text that is not empty. Null for anything else, a repeat included. */
function textAt({ name, place }: Field, { json, pairs, params }: ReadParts): string | null {
  const values: readonly unknown[] =
    place === "query"
      ? pairs.filter(([key]) => key === name).map(([, value]) => value)
      : [memberOf(place === "path" ? params : json, name)];
  const [value, ...more] = values;
  return typeof value === "string" && value !== "" && more.length === 0 ? value : null;
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

function forcedParts(
  rule: PolicyRule,
  parts: JudgedParts,
  read: ReadParts,
  claims: Claims | null,
): Result<Pick<JudgedRequest, "query" | "body">, JudgeFailure> {
  let { json, pairs } = read;
  for (const forced of rule.set) {
    const { name, place } = forced.field;
    const value = claimOf(claims, forced);
    if (value === null) return notOwner(forced.field);
    if (place === "query") {
      // Every occurrence, in every spelling: an empty one means "all" to the backend.
      pairs = [...pairs.filter(([key]) => key !== name), [name, value]];
    } else {
      if (typeof json !== "object" || json === null || Array.isArray(json)) {
        return fail({ reason: "request-malformed" });
      }
      json = { ...json, [name]: value };
    }
  }
  const isRewritten = json !== read.json;
  return ok({
    query: rule.judgesQuery ? writeQuery(pairs) : parts.query,
    body: isRewritten ? utf8(JSON.stringify(json)) : parts.body,
  });
}

const claimOf = (claims: Claims | null, { claim }: Forced): string | null =>
  claims?.[claim] || null;

const notOwner = (field: Field) => fail({ reason: "not-owner", field: fieldText(field) });

async function judgeOwners(
  owns: readonly Own[],
  read: ReadParts,
  claims: Claims | null,
  isOwner: Ownership["isOwner"],
): Promise<Result<null, JudgeFailure>> {
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
