import type { Route } from "./route.ts";

/** Percent-decoded before anything is matched, `%2F` included; what is no escape stays (LEGACY 6). */
function decodePath(raw: string): string {
  return raw.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

export interface Target {
  /** Decoded. */
  readonly path: string;
  /** Without the question mark, as it came. */
  readonly query: string;
}

export function readTarget(target: string): Target {
  const relative = target.replace(/^[a-z]+:\/\/[^/?]*/i, "");
  const mark = relative.indexOf("?");
  if (mark === -1) return { path: decodePath(relative), query: "" };
  return { path: decodePath(relative.slice(0, mark)), query: relative.slice(mark + 1) };
}

/** A repeated parameter: the last wins. */
export function lastOf(query: string, name: string): string | null {
  return new URLSearchParams(query).getAll(name).at(-1) ?? null;
}

export type Resolved =
  | { readonly kind: "route"; readonly route: Route; readonly params: Params }
  | { readonly kind: "method-not-allowed"; readonly allow: string }
  | { readonly kind: "redirect"; readonly path: string }
  | { readonly kind: "not-found" };

type Params = Readonly<Record<string, string>>;

/**
 * Case-sensitive. A path that is known with or without its last slash is redirected. What LEGACY
 * names by `*` alone comes last, so that it does not hide a redirect.
 */
export function resolve(routes: readonly Route[], method: string, path: string): Resolved {
  if (path.includes("//") || path.split("/").includes("..")) return { kind: "not-found" };
  const named = routes.filter(({ path: pattern }) => !pattern.endsWith("*"));
  const here = chooseAt(named, method, path);
  if (here !== null) return here;
  const toggled = path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
  if (named.some((route) => paramsOf(route.path, toggled) !== null)) {
    return { kind: "redirect", path: toggled };
  }
  const others = routes.filter(({ path: pattern }) => pattern.endsWith("*"));
  return chooseAt(others, method, path) ?? { kind: "not-found" };
}

function chooseAt(routes: readonly Route[], method: string, path: string): Resolved | null {
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path, path);
    return params === null ? [] : [{ kind: "route" as const, route, params }];
  });
  const [first] = fitting;
  if (first === undefined) return null;
  const found = fitting.find(({ route }) => route.method === method);
  return found ?? { kind: "method-not-allowed", allow: first.route.method };
}

/** `{id}` takes one segment, a `*` at the end everything that is left. */
function paramsOf(pattern: string, path: string): Params | null {
  const source = pattern
    .replace(/[.]/g, "\\$&")
    .replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")
    .replace(/\*$/, "(?<rest>[^]+)");
  const match = new RegExp(`^${source}$`).exec(path);
  return match === null ? null : { ...match.groups };
}

/** Absolute, from whatever Host the request brought; the query as it came. */
export function redirectLocation(scheme: string, host: string, path: string, query: string) {
  // Python's `quote` leaves these alone; `encodeURI` does not.
  const quoted = encodeURI(path).replace(/%5B/g, "[").replace(/%5D/g, "]").replace(/%25/g, "%");
  return `${scheme}://${host}${quoted}${query === "" ? "" : `?${query}`}`;
}
