import { isJsonObject, parsedJson } from "../../core/json.ts";
import { METHODS, partsOf } from "../../proxy/policy/pattern.ts";
import type { Policy } from "../../proxy/policy/policy.ts";
import { askBackend, isAnswer } from "./ask-backend.ts";
import { type Checked, finding, good, unknown } from "./finding.ts";

const CHECK = "policy";
/** Routes that are broken or must stay shut (docs/legacy.md, section 7): no rule names them. */
const SHUT = /^\/(?:docs|redoc|openapi\.json|api\/api|api\/customers|api\/delivery)(?:\/|$)/;
const SHOWN = 8;

/** A route of the backend: `GET /api/orders/{order_id}`. */
export interface BackendRoute {
  readonly method: string;
  readonly path: string;
}

/** The policy against the backend's own list of its routes. */
export async function comparePolicy(policy: Policy, upstream: string): Promise<readonly Checked[]> {
  const answer = await askBackend(`${upstream}/openapi.json`, null, true);
  if (!isAnswer(answer)) {
    return [unknown(CHECK, `the backend's /openapi.json cannot be read (${answer.code})`)];
  }
  const routes = answer.status === 200 ? backendRoutesOf(parsedJson(answer.body ?? "")) : null;
  if (routes === null) {
    return [unknown(CHECK, `the backend has no /openapi.json to compare with (${answer.status})`)];
  }
  const lines = comparedLines(policy, routes);
  return lines.length > 0
    ? lines
    : [good(CHECK, `${policy.rules.length} rules name the backend's ${routes.length} routes`)];
}

/** The paths and methods of an OpenAPI document; null where it is none. */
export function backendRoutesOf(document: unknown): readonly BackendRoute[] | null {
  const paths = isJsonObject(document) ? document["paths"] : undefined;
  if (!isJsonObject(paths)) return null;
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => isJsonObject(item) && method.toLowerCase() in item).map(
      (method) => ({ method, path }),
    ),
  );
}

export function comparedLines(policy: Policy, routes: readonly BackendRoute[]): readonly Checked[] {
  const unnamed = routes.filter(
    ({ method, path }) => !SHUT.test(path) && !isNamed(policy, method, path),
  );
  const idle = policy.rules.filter(({ match }) => !routes.some((route) => reaches(match, route)));
  return [
    ...(unnamed.length === 0
      ? []
      : [
          finding(CHECK, {
            what: `no rule names ${listOf(unnamed.map(({ method, path }) => `${method} ${path}`))}`,
            why: "The gateway refuses these to everyone: a page that calls one is broken.",
            mend: "Add a rule where somebody should reach it, then: npx doorstep policy lint",
          }),
        ]),
    ...(idle.length === 0
      ? []
      : [
          finding(CHECK, {
            what: `the backend has no route for ${listOf([...new Set(idle.map(({ match }) => match))])}`,
            why: "The rule guards nothing, and its route may be spelt otherwise.",
            mend: "Correct or remove the rule, then: npx doorstep policy lint",
          }),
        ]),
  ];
}

function listOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** A parameter of the route stands for any text; `0` is no segment of a rule. */
function isNamed(policy: Policy, method: string, path: string): boolean {
  const found = policy.find(method, path.replaceAll(/\{[^}/]*\}/g, "0"));
  return found !== null && found.rules.length > 0;
}

/** Whether a rule can match requests of the route. */
function reaches(match: string, { method, path }: BackendRoute): boolean {
  const [ruleMethod = "", pattern = ""] = match.split(" ");
  if (ruleMethod !== "*" && ruleMethod !== method) return false;
  const [rule, route] = [partsOf(pattern), partsOf(path)];
  const isRest = rule.at(-1) === "*";
  if (isRest ? route.length < rule.length : route.length !== rule.length) return false;
  const fixed = isRest ? rule.slice(0, -1) : rule;
  return fixed.every((part, at) => isOpen(part) || isOpen(route[at] ?? "") || part === route[at]);
}

const isOpen = (part: string): boolean => part.startsWith(":") || part.startsWith("{");
