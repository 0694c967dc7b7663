import type { Result } from "../core/result.ts";

export type Environment = "development" | "production";

/** The gateway's platform: a process of Node, or Cloudflare Workers. */
export type RuntimeName = "node" | "workers";

/** Fails with the end of a sentence that begins with the setting's name; never with the value. */
export type Parser<T> = (text: string) => Result<T, string>;

/** A fault of one setting: `${setting} ${reason}` is a sentence. Never holds a value. */
export interface SettingProblem {
  readonly setting: string;
  readonly reason: string;
}

/** A default derived from the value of an earlier setting in the table. */
interface DerivedDefault {
  readonly from: string;
  readonly text: (source: string) => string;
  /** The default in docs/settings.md. */
  readonly shown: string;
}

interface NoDefault {
  /** The reason why the setting is required. */
  readonly required: string;
}

/** A text in the setting's own syntax; null leaves the setting unset. */
export type Default = string | DerivedDefault | NoDefault | null;
type ByEnvironment<D> = Readonly<Record<Environment, D>>;

interface Row<T, D> {
  readonly name: string;
  /** One sentence. */
  readonly meaning: string;
  readonly parse: Parser<T>;
  readonly default: D | ByEnvironment<D>;
  /**
   * For a secret only: the command that makes one. Its text may also come from a file, `X_FILE`.
   */
  readonly secretFrom?: string;
  /** The end of a sentence about a value that works and is probably a mistake. */
  warn?(value: T): string | null;
  /** The reason, as the end of a sentence, why Workers cannot use it; there it must not be set. */
  readonly nodeOnly?: string;
  /** The version that introduced it, where that is not 0.1.0. */
  readonly since?: string;
}

export type Setting<T> = Row<T, Default>;

/** A row of the table that always has a value. */
export const setting = <T>(row: Row<T, Exclude<Default, null>>): Setting<T> => row;

/** A row of the table with a value that may be null. */
export const optional = <T>(row: Row<T, Default>): Setting<T | null> => row;

/** A table of settings: rows, in groups of any depth. */
export interface SettingTree {
  readonly [key: string]: Setting<unknown> | SettingTree;
}

/** The values of a table, grouped as the table is. */
export type ValuesOf<Tree> =
  Tree extends Setting<infer Value> ? Value : { readonly [Key in keyof Tree]: ValuesOf<Tree[Key]> };

/** The rows of a table in its order. */
export function rowsOf(tree: SettingTree): readonly Setting<unknown>[] {
  return Object.values(tree).flatMap((node) => (isRow(node) ? [node] : rowsOf(node)));
}

/** The table with each row replaced by its value, by setting name. */
export function treeOf(tree: SettingTree, values: ReadonlyMap<string, unknown>): object {
  return Object.fromEntries(
    Object.entries(tree).map(([key, node]) => [
      key,
      isRow(node) ? values.get(node.name) : treeOf(node, values),
    ]),
  );
}

export function defaultIn(row: Setting<unknown>, environment: Environment): Default {
  const given = row.default;
  return given !== null && typeof given === "object" && environment in given
    ? (given as ByEnvironment<Default>)[environment]
    : (given as Default);
}

function isRow(node: Setting<unknown> | SettingTree): node is Setting<unknown> {
  return typeof node["parse"] === "function";
}
