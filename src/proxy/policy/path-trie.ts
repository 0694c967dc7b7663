import type { Segment } from "./pattern.ts";

/** The value at a place of the tree, and the places below it. */
export interface PathNode<T> {
  readonly literals: Map<string, PathNode<T>>;
  /** Any one segment. */
  param: PathNode<T> | null;
  /** One or more segments to the end. */
  rest: PathNode<T> | null;
  value: T | null;
}

export const emptyNode = <T>(): PathNode<T> => ({
  literals: new Map(),
  param: null,
  rest: null,
  value: null,
});

/** The node of a pattern; it is made if missing. */
export function nodeOf<T>(root: PathNode<T>, segments: readonly Segment[]): PathNode<T> {
  let node = root;
  for (const segment of segments) {
    if (segment.kind === "literal") {
      const next = node.literals.get(segment.text) ?? emptyNode<T>();
      node.literals.set(segment.text, next);
      node = next;
    } else {
      const place = segment.kind;
      node[place] ??= emptyNode<T>();
      node = node[place];
    }
  }
  return node;
}

/**
 * The value at the one place that a path leads to: literal before parameter before rest, at each
 * segment, without backtracking. So the file can be read from top to bottom, and the cost depends
 * on the path's length only, however many rules there are.
 *
 * @param segments decoded
 */
export function lookUp<T>(root: PathNode<T>, segments: readonly string[]): T | null {
  let node = root;
  for (const segment of segments) {
    const next = node.literals.get(segment) ?? node.param;
    if (next === null) return node.rest?.value ?? null;
    node = next;
  }
  return node.value;
}
