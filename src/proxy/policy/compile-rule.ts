import { type Budget, parseBudget } from "../../core/budget.ts";
import { isStaffRole } from "../../core/roles.ts";
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
} from "./policy.ts";
import type { Fault, FileRule } from "./policy-file.ts";

export interface CompiledRule {
  readonly rule: PolicyRule;
  readonly pattern: Pattern;
  readonly budgets: readonly (readonly [PolicyLimitName, Budget])[];
}

/** A rule by itself: what its members mean, and what they cannot mean together. */
export function compileRule(
  file: FileRule,
  pattern: Pattern,
  position: string,
): { readonly compiled: CompiledRule; readonly faults: readonly Fault[] } {
  const limits = limitsOf(file);
  const own = Object.entries(file.own ?? {}).map(ownOf);
  const set = Object.entries(file.set ?? {}).map(([field, claim]) => forcedOf(field, claim));
  const ends = file.ends === undefined ? null : fieldOf(file.ends);
  const { forbid = [], redact = [] } = file;
  const read = fieldsRead({ own, set, ends, limits: limits.map(({ limit }) => limit) });
  const canHaveBody = pattern.method !== "GET";
  const rule: PolicyRule = {
    ...{ position, own, set, ends, forbid, redact },
    match: file.match,
    allow: file.allow,
    login: file.login ?? null,
    limits: limits.map(({ limit }) => limit),
    risk: file.risk ?? null,
    mayBeKept: file.cache === "upstream",
    judgesBody: isReadIn("body", read) || (forbid.length > 0 && canHaveBody),
    judgesQuery: isReadIn("query", read) || forbid.length > 0,
    judgesAnswer: redact.length > 0 || file.login !== undefined,
  };
  const budgets = limits.flatMap(({ budget, limit }) =>
    budget.ok ? [[limit.name, budget.value] as const] : [],
  );
  const faults = [
    ...roleFaults(file),
    ...memberFaults(rule, pattern),
    ...limits.flatMap(({ budget, by }) =>
      budget.ok ? [] : [{ member: "limit", detail: `${by} ${budget.failure}` }],
    ),
  ];
  return { compiled: { rule, pattern, budgets }, faults };
}

function ownOf([field, spec]: [string, NonNullable<FileRule["own"]>[string]]): Own {
  if (typeof spec === "string") return { ...forcedOf(field, spec), document: null };
  const { claim = "customer_v2_id", collection, owner } = spec;
  return { ...forcedOf(field, claim), document: { collection, owner } };
}

const forcedOf = (field: string, claim: ClaimName): Forced => ({ field: fieldOf(field), claim });

/** Named by match and roles, which no two rules share: a rule that moves keeps its counters. */
function limitsOf({ allow, limit, match }: FileRule) {
  const who = allow === "public" ? allow : allow.join("+");
  return Object.entries(limit ?? {}).map(([by, text]) => {
    const named: RuleLimit = {
      name: `policy/${match} ${who} ${by}`,
      by: by === "address" ? by : fieldOf(by.replace(/^address\+/, "")),
      perAddress: by.startsWith("address+"),
    };
    // An empty text is a budget without windows, which limits nothing.
    const budget = parseBudget(text === "" ? "-" : text);
    return { by, limit: named, budget };
  });
}

type Readers = Pick<PolicyRule, "own" | "set" | "limits" | "ends">;

/** Every field that the rule looks at, with the member that names it. */
function fieldsRead({ ends, limits, own, set }: Readers): readonly (readonly [string, Field])[] {
  return [
    ...own.map(({ field }) => ["own", field] as const),
    ...set.map(({ field }) => ["set", field] as const),
    ...limits.flatMap(({ by }) => (by === "address" ? [] : [["limit", by] as const])),
    ...(ends === null ? [] : [["ends", ends] as const]),
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
        return fault("is set as well");
      return [];
    }),
    ...claimFaults("own", rule.own, rule.allow),
    ...claimFaults("set", rule.set, rule.allow),
    ...(rule.mayBeKept && rule.allow !== "public"
      ? [{ member: "cache", detail: "is for public rules: what somebody was let in for is theirs" }]
      : []),
    ...(rule.login !== null && method !== "POST" ? [{ member: "login", detail: "is a POST" }] : []),
  ];
}

/** Staff have no customer_v2_id, and who shows no token has no claim at all. */
function claimFaults(
  member: "own" | "set",
  uses: readonly Forced[],
  allow: PolicyRule["allow"],
): readonly Fault[] {
  return uses.flatMap(({ claim, field }) => {
    const detail = `${fieldText(field)} compares with a claim that`;
    if (allow === "public") return [{ member, detail: `${detail} a public caller has not` }];
    return claim === "customer_v2_id" && allow.some(isStaffRole)
      ? [{ member, detail: `${detail} staff have not: split the rule by role` }]
      : [];
  });
}
