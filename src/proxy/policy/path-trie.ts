import type { Segment } from "./pattern.ts";

/** What stands at a place of the tree, and below it. */
export interface PathNode<T> {
  readonly literals: Map<string, PathNode<T>>;
  /** One segment, whatever it is. */
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

/** The node of a pattern, made where it is not there yet. */
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
 * The value at the one place that a path leads to: literal over parameter over rest, at each
 * segment, and never back. What a path may do can so be read from the file top to bottom, and the
 * cost is the path's own length, however many rules there are.
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
