import { utf8 } from "../../core/bytes.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { parseStrictJson } from "../wire/strict-json.ts";
import { type CompileOptions, compilePolicy, type PolicyError } from "./compile-policy.ts";
import type { Policy } from "./policy.ts";
import { EXTENDING_FILE, faultsOf } from "./policy-file.ts";

export interface ReadOptions extends CompileOptions {
  /** The text of the file that `extends` names; null: there is none. */
  readonly readBase?: (name: string) => string | null;
}

type Read<T> = Result<T, readonly PolicyError[]>;

/**
 * As `compilePolicy`, for the file's text, where a duplicate member is still visible: of two `own`
 * in one rule only the last would count. A file with `extends` has the rules of that file as well.
 */
export function readPolicy(text: string, options: ReadOptions = {}): Read<Policy> {
  const file = parsed(text);
  if (!file.ok) return file;
  const whole = withBase(file.value, options);
  return whole.ok ? compilePolicy(whole.value, options) : whole;
}

function parsed(text: string): Read<unknown> {
  const json = parseStrictJson(utf8(text), (key) => key === "__proto__");
  return json === null
    ? inWholeFile("is not valid JSON, or has the same member twice")
    : ok(json.value);
}

function withBase(file: unknown, { readBase }: ReadOptions): Read<unknown> {
  if (!isJsonObject(file) || file["extends"] === undefined) return ok(file);
  const named = EXTENDING_FILE.safeParse(file);
  if (!named.success)
    return inWholeFile(`extends ${faultsOf(named.error)[0]?.detail ?? "is wrong"}`);
  const text = readBase?.(named.data.extends) ?? null;
  if (text === null) return inWholeFile("extends names a file that cannot be read");
  const base = parsed(text);
  if (!base.ok) return base;
  if (!isJsonObject(base.value) || base.value["extends"] !== undefined) {
    return inWholeFile("extends must name a whole policy file, which extends no other");
  }
  return ok(joined(base.value, file));
}

/** The rules of both files, the base's first. */
function joined(base: JsonObject, { extends: _, ...own }: JsonObject): JsonObject {
  const both = (name: string) => [...listIn(base[name]), ...listIn(own[name])];
  const lists = ["headers", "deny", "rules"].filter((name) => name in base || name in own);
  return {
    ...own,
    $defs: { ...objectIn(base["$defs"]), ...objectIn(own["$defs"]) },
    ...Object.fromEntries(lists.map((name) => [name, both(name)])),
  };
}

/** A value of another type stays visible to the compiler, which refuses it. */
const listIn = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

const objectIn = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

const inWholeFile = (detail: string) => fail([{ position: "file", match: null, detail }]);
