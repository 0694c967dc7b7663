import { type Budget, parseBudget } from "../../core/budget.ts";
import { isStaffRole } from "../../core/roles.ts";
import { headerFaults, headerNames } from "./added-headers.ts";
import { compileSchema, type ValueCheck } from "./compile-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { Pattern } from "./pattern.ts";
import { repeatedIn } from "./pattern.ts";
import {
  type ClaimName,
  type Field,
  type Forced,
  fieldOf,
  fieldText,
  type Own,
  type PolicyLimitName,
  type PolicyRule,
  type RuleLimit,
  type Sums,
  type Unchanged,
} from "./policy.ts";
import type { Fault, FileRule } from "./policy-file.ts";

export interface CompiledRule {
  readonly rule: PolicyRule;
  readonly pattern: Pattern;
  readonly budgets: readonly (readonly [PolicyLimitName, Budget])[];
}

/** A judged body is held in memory, whole. */
const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

/** The parts that the file declares once for every rule. */
export interface SharedParts {
  /** Schemas that a rule's own schemas may refer to. */
  readonly $defs: Readonly<Record<string, JsonSchema>>;
  /** Names of headers that every rule lets through. */
  readonly headers: ReadonlySet<string>;
}

/** A rule by itself: the meaning of its members, and the combinations that are errors. */
export function compileRule(
  file: FileRule,
  pattern: Pattern,
  position: string,
  { $defs, headers }: SharedParts,
): { readonly compiled: CompiledRule; readonly faults: readonly Fault[] } {
  const limits = limitsOf(file);
  const looks = looksOf(
    file,
    limits.map(({ limit }) => limit),
  );
  const { forbid = [], redact = [] } = file;
  const body = checkOf("body", file.body, $defs);
  const query = checkOf("query", file.query, $defs);
  const rule: PolicyRule = {
    position,
    forbid,
    redact,
    body: body.check,
    query: query.check,
    ...looks,
    match: file.match,
    allow: file.allow,
    maxBodyBytes: file.max_body ?? DEFAULT_MAX_BODY_BYTES,
    headers: new Set([...headers, ...headerNames(file.headers)]),
    login: file.login ?? null,
    risk: file.risk ?? null,
    creates: file.creates !== undefined,
    mayBeKept: file.cache === "upstream",
    ...judgementsOf(file, pattern, fieldsRead(looks)),
  };
  const budgets = limits.flatMap(({ budget, limit }) =>
    budget.ok ? [[limit.name, budget.value] as const] : [],
  );
  const faults = [
    ...roleFaults(file),
    ...memberFaults(rule, pattern),
    ...bodyFaults(file, rule, pattern),
    ...[body, query].flatMap(({ faults }) => faults),
    ...headerFaults(file.headers),
    ...limits.flatMap(({ budget, by }) =>
      budget.ok ? [] : [{ member: "limit", detail: `${by} ${budget.failure}` }],
    ),
  ];
  return { compiled: { rule, pattern, budgets }, faults };
}

function judgementsOf(
  { body, forbid = [], login, query, redact = [] }: FileRule,
  { method }: Pattern,
  read: ReturnType<typeof fieldsRead>,
): Pick<PolicyRule, "judgesBody" | "judgesQuery" | "judgesAnswer"> {
  const forbids = forbid.length > 0;
  return {
    judgesBody:
      body !== undefined ||
      login !== undefined ||
      isReadIn("body", read) ||
      (forbids && method !== "GET"),
    judgesQuery: query !== undefined || isReadIn("query", read) || forbids,
    judgesAnswer: redact.length > 0 || login !== undefined,
  };
}

/** The members of a rule that name fields of a request. */
type Looks = Pick<PolicyRule, "own" | "set" | "limits" | "ends" | "sums" | "unchanged">;

function looksOf(file: FileRule, limits: readonly RuleLimit[]): Looks {
  return {
    limits,
    own: Object.entries(file.own ?? {}).map(ownOf),
    set: Object.entries(file.set ?? {}).map(([field, claim]) => forcedOf(field, claim)),
    ends: file.ends === undefined ? null : fieldOf(file.ends),
    sums: file.sums === undefined ? null : sumsOf(file.sums),
    unchanged: Object.entries(file.unchanged ?? {}).map(
      ([field, { collection, id }]): Unchanged => ({
        field: fieldOf(field),
        collection,
        id: fieldOf(id),
      }),
    ),
  };
}

function sumsOf({ each, ...rest }: NonNullable<FileRule["sums"]>): Sums {
  return { list: fieldOf(each), ...rest };
}

function checkOf(
  member: "body" | "query",
  schema: JsonSchema | undefined,
  shared: Readonly<Record<string, JsonSchema>>,
): { readonly check: ValueCheck | null; readonly faults: readonly Fault[] } {
  if (schema === undefined) return { check: null, faults: [] };
  const compiled = compileSchema(schema, shared);
  if (compiled.ok) return { check: compiled.value, faults: [] };
  return { check: null, faults: [{ member, detail: compiled.failure }] };
}

function ownOf([field, spec]: [string, NonNullable<FileRule["own"]>[string]]): Own {
  if (typeof spec === "string") return { ...forcedOf(field, spec), document: null };
  const { claim = "customer_v2_id", collection, owner } = spec;
  return { ...forcedOf(field, claim), document: { collection, owner } };
}

const forcedOf = (field: string, claim: ClaimName): Forced => ({ field: fieldOf(field), claim });

/** Named by match and roles, which are unique to a rule: a rule that moves keeps its counters. */
function limitsOf({ allow, limit, match }: FileRule) {
  const who = allow === "public" ? allow : allow.join("+");
  return Object.entries(limit ?? {}).map(([by, text]) => {
    const named: RuleLimit = {
      name: `policy/${match} ${who} ${by}`,
      by:
        by === "address" || by === "network"
          ? by
          : fieldOf(by.replace(/^(?:address|network)\+/, "")),
      per: by.startsWith("address+") ? "address" : by.startsWith("network+") ? "network" : null,
    };
    // An empty text is a budget without windows, which limits nothing.
    const budget = parseBudget(text === "" ? "-" : text);
    return { by, limit: named, budget };
  });
}

/** Every field that the rule judges, with the member that names it. */
function fieldsRead(looks: Looks): readonly (readonly [string, Field])[] {
  const { ends, limits, own, set, sums, unchanged } = looks;
  return [
    ...own.map(({ field }) => ["own", field] as const),
    ...set.map(({ field }) => ["set", field] as const),
    ...limits.flatMap(({ by }) => (typeof by === "string" ? [] : [["limit", by] as const])),
    ...(ends === null ? [] : [["ends", ends] as const]),
    ...(sums === null ? [] : [["sums", sums.list] as const]),
    ...unchanged.flatMap(({ field, id }) => [
      ["unchanged", field] as const,
      ["unchanged", id] as const,
    ]),
  ];
}

const isReadIn = (place: Field["place"], read: ReturnType<typeof fieldsRead>): boolean =>
  read.some(([, field]) => field.place === place);

function roleFaults({ allow, login }: FileRule): readonly Fault[] {
  const twice = (member: string, roles: readonly string[]) =>
    repeatedIn(roles).map((role) => ({ member, detail: `${role} stands twice` }));
  return [
    ...(allow === "public" ? [] : twice("allow", allow)),
    ...twice("login", login?.refuse ?? []),
  ];
}

function memberFaults(rule: PolicyRule, { method, segments }: Pattern): readonly Fault[] {
  const params = segments.flatMap((segment) => (segment.kind === "param" ? [segment.name] : []));
  const forced = new Set(rule.set.map(({ field }) => fieldText(field)));
  return [
    ...fieldsRead(rule).flatMap(([member, { name, place }]) => {
      const fault = (detail: string) => [
        { member, detail: `${fieldText({ place, name })} ${detail}` },
      ];
      if (place === "path" && !params.includes(name)) return fault("is not in the pattern");
      if (place === "body" && (method === "GET" || method === "*")) {
        return fault("needs a method of its own that has a body");
      }
      if (member === "own" && forced.has(fieldText({ place, name })))
        return fault("is also in set");
      return [];
    }),
    ...claimFaults("own", rule.own, rule.allow),
    ...claimFaults("set", rule.set, rule.allow),
    ...(rule.mayBeKept && rule.allow !== "public"
      ? [
          {
            member: "cache",
            detail:
              "needs allow public: a response to an authorised request must not be cached for others",
          },
        ]
      : []),
    ...(rule.creates && method === "GET"
      ? [{ member: "creates", detail: "needs a method that writes" }]
      : []),
    ...(rule.creates && rule.ends !== null
      ? [{ member: "creates", detail: "must not stand beside ends" }]
      : []),
    ...(rule.login !== null && method !== "POST"
      ? [{ member: "login", detail: "needs the method POST" }]
      : []),
  ];
}

function bodyFaults(file: FileRule, rule: PolicyRule, { method }: Pattern): readonly Fault[] {
  const needsMethod = rule.body !== null && (method === "GET" || method === "*");
  const forbidden = rule.unchanged.filter(({ field }) => rule.forbid.includes(field.name));
  return [
    ...(needsMethod
      ? [{ member: "body", detail: "needs a method of its own that has a body" }]
      : []),
    ...forbidden.map(({ field }) => ({
      member: "unchanged",
      detail: `${fieldText(field)} is forbidden as well`,
    })),
    ...(file.max_body !== undefined && !rule.judgesBody
      ? [{ member: "max_body", detail: "is for a judged body: this rule judges none" }]
      : []),
  ];
}

/** Staff have no customer_v2_id, and a caller without a token has no claim. */
function claimFaults(
  member: "own" | "set",
  uses: readonly Forced[],
  allow: PolicyRule["allow"],
): readonly Fault[] {
  return uses.flatMap(({ claim, field }) => {
    const detail = `${fieldText(field)} compares with a claim that`;
    if (allow === "public") return [{ member, detail: `${detail} a public caller does not have` }];
    return claim === "customer_v2_id" && allow.some(isStaffRole)
      ? [{ member, detail: `${detail} staff do not have: split the rule by role` }]
      : [];
  });
}
