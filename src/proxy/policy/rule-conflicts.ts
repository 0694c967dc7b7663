import type { CompiledRule } from "./compile-rule.ts";
import { METHODS, type Pattern, parseSegment, partsOf, type Segment } from "./pattern.ts";

export interface Conflict {
  readonly of: CompiledRule;
  readonly detail: string;
}

/** Rules that contradict each other, and rules that no request reaches. */
export function conflictsOf(
  rules: readonly CompiledRule[],
  ownPaths: readonly string[],
): readonly Conflict[] {
  const places = Map.groupBy(rules, ({ pattern }) => shapeOf(pattern.segments));
  return [
    ...[...places.values()].flatMap(conflictsAt),
    ...rules.flatMap((rule) => shadowOf(rule, rules)),
    ...rules.flatMap((rule) => gatewaysOwn(rule, ownPaths)),
  ];
}

/** Patterns of one shape match the same paths, under any names of parameters. */
const shapeOf = (segments: readonly Segment[]): string =>
  segments
    .map((segment) => `/${segment.kind === "literal" ? segment.text : `<${segment.kind}>`}`)
    .join("");

function conflictsAt(rules: readonly CompiledRule[]): readonly Conflict[] {
  const methods = Map.groupBy(rules, ({ pattern }) => pattern.method);
  const shadowed = METHODS.every((method) => methods.has(method)) ? methods.get("*") : undefined;
  return [
    ...[...methods.values()].flatMap(roleConflicts),
    ...paramConflicts(rules),
    ...(shadowed ?? []).map((of) => ({
      of,
      detail: "never matches: every method has its own rules for this pattern",
    })),
  ];
}

function roleConflicts(rules: readonly CompiledRule[]): readonly Conflict[] {
  return rules.flatMap((of, at) =>
    rules.slice(0, at).flatMap(({ rule }) =>
      overlap(rule.allow, of.rule.allow).map((what) => ({
        of,
        detail: `${what} ${rule.position}`,
      })),
    ),
  );
}

type Allow = CompiledRule["rule"]["allow"];

function overlap(earlier: Allow, later: Allow): readonly string[] {
  if (earlier === "public" && later === "public") return ["is public already by"];
  if (earlier === "public" || later === "public") return ["is public beside the roles of"];
  return later.filter((role) => earlier.includes(role)).map((role) => `allows ${role} already by`);
}

/** All rules of one place share the parameters, so one name must mean one segment. */
function paramConflicts(rules: readonly CompiledRule[]): readonly Conflict[] {
  const seen = new Map<string, number>();
  return rules.flatMap((of) =>
    of.pattern.segments.flatMap((segment, at) => {
      if (segment.kind !== "param") return [];
      const first = seen.get(segment.name) ?? at;
      seen.set(segment.name, first);
      const detail = `:${segment.name} names another segment in an earlier rule of the same pattern`;
      return first === at ? [] : [{ of, detail }];
    }),
  );
}

/**
 * There is no backtracking: where a `:param` is beside a `*`, the parameter takes every segment.
 */
function shadowOf(of: CompiledRule, rules: readonly CompiledRule[]): readonly Conflict[] {
  const { segments } = of.pattern;
  if (segments.at(-1)?.kind !== "rest") return [];
  const before = shapeOf(segments.slice(0, -1));
  const shadow = rules.find(({ pattern }) => {
    const beside = pattern.segments[segments.length - 1];
    return (
      beside?.kind === "param" && shapeOf(pattern.segments.slice(0, segments.length - 1)) === before
    );
  });
  return shadow === undefined
    ? []
    : [
        {
          of,
          detail: `never matches: ${shadow.rule.match} (${shadow.rule.position}) comes first and takes every path of it`,
        },
      ];
}

function gatewaysOwn(of: CompiledRule, ownPaths: readonly string[]): readonly Conflict[] {
  return ownPaths
    .filter((own) => covers(readOwnPath(own), of.pattern))
    .map((own) => ({ of, detail: `never matches: ${own} is a path of the gateway itself` }));
}

/** `/auth/*` or `POST /auth/otp`; without a method, all of them. Throws TypeError otherwise. */
function readOwnPath(text: string): Pattern {
  const [method, path] = text.includes(" ") ? text.split(" ", 2) : ["*", text];
  const segments = partsOf(path ?? "").map(parseSegment);
  const sound = segments.filter((segment) => segment !== null);
  if (sound.length < segments.length) throw new TypeError(`not a path of the gateway: ${text}`);
  return { method: method ?? "*", segments: sound };
}

/** Whether `outer` matches all paths of `inner`; the `*` of `outer` also takes no segment. */
function covers(outer: Pattern, inner: Pattern): boolean {
  if (outer.method !== "*" && outer.method !== inner.method) return false;
  const rest = outer.segments.at(-1)?.kind === "rest";
  const fixed = rest ? outer.segments.slice(0, -1) : outer.segments;
  const lengthFits = rest
    ? inner.segments.length >= fixed.length
    : inner.segments.length === fixed.length;
  return lengthFits && fixed.every((segment, at) => coversSegment(segment, inner.segments[at]));
}

function coversSegment(outer: Segment, inner: Segment | undefined): boolean {
  if (inner === undefined || inner.kind === "rest") return false;
  if (outer.kind === "param") return true;
  return outer.kind === "literal" && inner.kind === "literal" && outer.text === inner.text;
}
