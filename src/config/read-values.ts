import { fail, ok, type Result } from "../core/result.ts";
import type { GivenTexts } from "./rules.ts";
import {
  defaultIn,
  type Environment,
  type RuntimeName,
  type Setting,
  type SettingProblem,
} from "./setting.ts";

interface ReadValues {
  /** By setting name; a wrong setting, and one derived from a wrong one, is absent. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly wrong: ReadonlyMap<string, SettingProblem>;
  readonly warnings: readonly SettingProblem[];
}

/**
 * Parses the rows in their order, each from its text or from its default.
 *
 * @param unread settings with a problem that is already reported: they get neither value nor
 * default
 */
export function readValues(
  rows: readonly Setting<unknown>[],
  given: GivenTexts,
  unread: ReadonlySet<string>,
  runtime: RuntimeName = "node",
): ReadValues {
  const values = new Map<string, unknown>();
  const wrong = new Map<string, SettingProblem>();
  const warnings: SettingProblem[] = [];
  for (const row of rows.filter(({ name }) => !unread.has(name))) {
    const { name: setting } = row;
    const text = given.get(setting);
    // A setting that the runtime does not use is not required.
    const unused = runtime === "workers" && row.nodeOnly !== undefined;
    const environment = unused
      ? "development"
      : ((values.get("NODE_ENV") ?? "development") as Environment);
    const read = text === undefined ? readDefault(row, environment, values) : row.parse(text);
    if (read === null) continue;
    if (!read.ok) {
      wrong.set(setting, { setting, reason: read.failure });
      continue;
    }
    values.set(setting, read.value);
    const warning = read.value === null ? null : (row.warn?.(read.value) ?? null);
    if (warning !== null) warnings.push({ setting, reason: warning });
  }
  return { values, wrong, warnings };
}

/** Null where the setting behind the default has no value: that one is reported. */
function readDefault(
  row: Setting<unknown>,
  environment: Environment,
  values: ReadonlyMap<string, unknown>,
): Result<unknown, string> | null {
  const standard = defaultIn(row, environment);
  if (standard === null) return ok(null);
  if (typeof standard === "string") {
    const read = row.parse(standard);
    // Reported for every start and every test: the fault is in the table, not in the environment.
    return read.ok ? read : fail(`has a default that its own parser refuses: it ${read.failure}`);
  }
  if ("required" in standard) return fail(standard.required);
  const source = values.get(standard.from);
  return source === undefined ? null : row.parse(standard.text(String(source)));
}
