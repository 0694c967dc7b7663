import type { Budget } from "../../core/budget.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { decodedSegments } from "../wire/canonical-target.ts";
import { headerFaults, headerNames } from "./added-headers.ts";
import { type CompiledRule, compileRule, type SharedParts } from "./compile-rule.ts";
import { emptyNode, lookUp, nodeOf, type PathNode } from "./path-trie.ts";
import { METHODS, parsePattern } from "./pattern.ts";
import type { Found, Policy, PolicyLimitName, PolicyRule } from "./policy.ts";
import { type Fault, FILE_RULE, faultsOf, POLICY_FRAME } from "./policy-file.ts";
import { conflictsOf } from "./rule-conflicts.ts";

/** An error in a policy file: `${position} (${match}): ${detail}`. */
export interface PolicyError {
  /** `rules[3].own`; `file` where no single rule is wrong. */
  readonly position: string;
  /** The rule's own text, where it has one. */
  readonly match: string | null;
  readonly detail: string;
}

export interface CompileOptions {
  /** The gateway's own routes, which no rule can take: `/auth/*`, `POST /api/auth/otp/send`. */
  readonly ownPaths?: readonly string[];
}

/**
 * Checks the policy file (docs/policy.md) and compiles it.
 *
 * @param file parsed JSON; parsing hides a duplicate key, see `readPolicy`
 * @returns every error at once, in the order of the rules
 */
export function compilePolicy(
  file: unknown,
  { ownPaths = [] }: CompileOptions = {},
): Result<Policy, readonly PolicyError[]> {
  const frame = POLICY_FRAME.safeParse(file);
  if (!frame.success) {
    return fail(faultsOf(frame.error).map(inFile));
  }
  const { $defs = {}, deny = [], headers, rules } = frame.data;
  const shared: SharedParts = { $defs, headers: headerNames(headers) };
  const read = rules.map((rule, index) => readRule(rule, index, shared));
  const whole = read.flatMap((rule) => (rule.compiled === null ? [] : [rule.compiled]));
  const compiled = whole.filter(({ rule }) => !deny.includes(rule.match));
  const denied = whole.filter(({ rule }) => deny.includes(rule.match));
  const conflicts = conflictsOf(compiled, ownPaths);
  const errors = [
    ...headerFaults(headers).map(inFile),
    ...deny.filter((match) => !denied.some(({ rule }) => rule.match === match)).map(deniesNothing),
    ...read.flatMap((rule, index) => [
      ...rule.errors,
      ...conflicts
        .filter(({ of }) => of === rule.compiled)
        .map(({ detail, of }) => ({ position: `rules[${index}]`, match: of.rule.match, detail })),
    ]),
  ];
  return errors.length > 0 ? fail(errors) : ok(policyOf(compiled, denied));
}

/** A slip of the pen in `deny` would leave the route open. */
const deniesNothing = (match: string): PolicyError => ({
  position: "deny",
  match,
  detail: "is the match of no rule",
});

const inFile = ({ detail, member }: Fault): PolicyError => ({
  position: "file",
  match: null,
  detail: member === null ? detail : `${member} ${detail}`,
});

interface ReadRule {
  /** Null where the rule cannot be compared with other rules. */
  readonly compiled: CompiledRule | null;
  readonly errors: readonly PolicyError[];
}

function readRule(file: unknown, index: number, shared: SharedParts): ReadRule {
  const position = `rules[${index}]`;
  const match = matchOf(file);
  const errorsOf = (faults: readonly Fault[]): readonly PolicyError[] =>
    faults.map(({ detail, member }) => ({
      match,
      detail,
      position: member === null ? position : `${position}.${member}`,
    }));
  const parsed = FILE_RULE.safeParse(file);
  const pattern = match === null ? null : parsePattern(match);
  const errors = errorsOf([
    ...(hasPrototypeKey(file) ? [{ member: null, detail: 'unknown member "__proto__"' }] : []),
    ...(parsed.success ? [] : faultsOf(parsed.error)),
    ...(pattern === null || pattern.ok
      ? []
      : pattern.failure.map((detail) => ({ member: "match", detail }))),
  ]);
  if (!parsed.success || !pattern?.ok) return { compiled: null, errors };
  const { compiled, faults } = compileRule(parsed.data, pattern.value, position, shared);
  return { compiled, errors: [...errors, ...errorsOf(faults)] };
}

function matchOf(file: unknown): string | null {
  const match = (file as { readonly match?: unknown } | null)?.match;
  return typeof match === "string" ? match : null;
}

/** JSON can hold that key; the schema would drop it silently. */
function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasPrototypeKey);
}

/** The rules of one pattern. */
interface Place {
  readonly pattern: string;
  /** Each parameter's name in any of the rules, and its segment. */
  readonly params: Map<string, number>;
  readonly methods: Map<string, PolicyRule[]>;
}

/** @param denied keep their place: without it, a wider pattern would match their requests */
function policyOf(compiled: readonly CompiledRule[], denied: readonly CompiledRule[]): Policy {
  const root: PathNode<Place> = emptyNode();
  const standing = new Set(compiled.map(({ rule }) => rule));
  for (const { pattern, rule } of [...compiled, ...denied]) {
    const node = nodeOf(root, pattern.segments);
    node.value ??= { pattern: pathOf(rule.match), params: new Map(), methods: new Map() };
    const { methods, params } = node.value;
    for (const [at, segment] of pattern.segments.entries()) {
      if (segment.kind === "param") params.set(segment.name, at);
    }
    const own = methods.get(pattern.method) ?? [];
    methods.set(pattern.method, standing.has(rule) ? [...own, rule] : own);
  }
  const budgets = compiled.flatMap((rule) => rule.budgets);
  return {
    rules: compiled.map(({ rule }) => rule),
    limits: Object.fromEntries(budgets) as Readonly<Record<PolicyLimitName, Budget>>,
    headers: new Set(compiled.flatMap(({ rule }) => [...rule.headers])),
    find: (method, path) => find(root, method, path),
  };
}

const pathOf = (match: string): string => match.slice(match.indexOf("/"));

/** `*` stands only for methods that a rule can name: never for OPTIONS or TRACE. */
function rulesFor(methods: Place["methods"], method: string): readonly PolicyRule[] {
  if (!METHODS.some((known) => known === method)) return [];
  return methods.get(method) ?? methods.get("*") ?? [];
}

function find(root: PathNode<Place>, method: string, path: string): Found | null {
  const segments = decodedSegments(path);
  const place = segments === null ? null : lookUp(root, segments);
  if (segments === null || place === null) return null;
  const { methods, params, pattern } = place;
  return {
    pattern,
    params: params.size === 0 ? NO_PARAMS : paramsAt(params, segments),
    rules: rulesFor(methods, method === "HEAD" ? "GET" : method),
  };
}

const NO_PARAMS: Found["params"] = Object.freeze({});

const paramsAt = (params: Place["params"], segments: readonly string[]): Found["params"] =>
  Object.fromEntries([...params].map(([name, at]) => [name, segments[at] ?? ""]));
