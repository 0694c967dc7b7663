import { utf8 } from "../../core/bytes.ts";
import { fail, type Result } from "../../core/result.ts";
import { parseStrictJson } from "../wire/strict-json.ts";
import { type CompileOptions, compilePolicy, type PolicyError } from "./compile-policy.ts";
import type { Policy } from "./policy.ts";

/**
 * As `compilePolicy`, for the file's text, where a duplicate member is still visible: of two `own`
 * in one rule only the last would count.
 */
export function readPolicy(
  text: string,
  options: CompileOptions = {},
): Result<Policy, readonly PolicyError[]> {
  const json = parseStrictJson(utf8(text), (key) => key === "__proto__");
  if (json !== null) return compilePolicy(json.value, options);
  const detail = "is not valid JSON, or has the same member twice";
  return fail([{ position: "file", match: null, detail }]);
}
