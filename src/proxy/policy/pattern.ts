import { SAFE_NAME } from "../../core/linking/ownership.ts";
import { fail, ok, type Result } from "../../core/result.ts";

export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "param"; readonly name: string }
  /** One or more segments of any kind; always last. */
  | { readonly kind: "rest" };

/** The requests that a rule matches: `GET /api/orders/:id`. */
export interface Pattern {
  /** Upper case, or `*` for each method without a rule of its own. */
  readonly method: string;
  readonly segments: readonly Segment[];
}

/** Methods that a rule may name. HEAD follows GET; the gateway answers OPTIONS. */
export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Unreserved characters (RFC 3986 section 2.3): their canonical spelling is themselves. */
const LITERAL = /^[A-Za-z0-9._~-]+$/;

/** `METHOD /pattern` of a rule. Fails with every fault, each as a sentence. */
export function parsePattern(match: string): Result<Pattern, readonly string[]> {
  const [method = "", path = "", ...more] = match.split(" ");
  if (more.length > 0 || path === "") {
    return fail(["must be a method, one space, and a pattern such as /api/orders/:id"]);
  }
  const parts = partsOf(path);
  const segments = parts.map(parseSegment);
  const names = segments.flatMap((segment) => (segment?.kind === "param" ? [segment.name] : []));
  const faults = [
    ...methodFaults(method),
    ...(path.startsWith("/") ? [] : ["the pattern must begin with /"]),
    ...parts.flatMap((part, at) => (segments[at] === null ? [segmentFault(part)] : [])),
    ...segments.flatMap((segment, at) =>
      segment?.kind === "rest" && at < segments.length - 1 ? ["* must be the last segment"] : [],
    ),
    ...repeatedIn(names).map((name) => `:${name} stands twice`),
  ];
  const sound = segments.filter((segment) => segment !== null);
  return faults.length > 0 ? fail(faults) : ok({ method, segments: sound });
}

/** The parts between the slashes; a slash at the end makes no difference. */
export function partsOf(path: string): readonly string[] {
  const parts = path.replace(/^\//, "").split("/");
  return parts.at(-1) === "" ? parts.slice(0, -1) : parts;
}

export function parseSegment(part: string): Segment | null {
  if (part === "*") return { kind: "rest" };
  if (part.startsWith(":")) {
    const name = part.slice(1);
    return SAFE_NAME.test(name) ? { kind: "param", name } : null;
  }
  const isDots = part === "." || part === "..";
  return LITERAL.test(part) && !isDots ? { kind: "literal", text: part } : null;
}

/** Values that occur more than once, each named once. */
export function repeatedIn(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))];
}

function methodFaults(method: string): readonly string[] {
  if (method === "HEAD") return ["HEAD follows the rules of GET and has none of its own"];
  if (method === "OPTIONS") return ["OPTIONS is answered by the gateway and never forwarded"];
  return method === "*" || METHODS.some((known) => known === method)
    ? []
    : [`the method must be * or one of ${METHODS.join(", ")}`];
}

function segmentFault(part: string): string {
  if (part === "") return "an empty segment matches nothing";
  if (part === "." || part === "..") return "a dot segment matches nothing";
  if (part.includes("%")) return "a pattern is written decoded, without %";
  if (part.startsWith(":")) return "a parameter is named by letters, digits and _";
  return "a segment is letters, digits and . _ ~ -, or :name, or *";
}
