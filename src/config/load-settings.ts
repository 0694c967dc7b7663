import { fail, ok, type Result } from "../core/result.ts";
import { ENVIRONMENT_RULES } from "./environment.ts";
import { readValues } from "./read-values.ts";
import { brokenRules, type GivenTexts, SETTING_RULES } from "./rules.ts";
import { SETTINGS, type Settings } from "./schema.ts";
import { SECRET_RULES } from "./secret-rules.ts";
import { type RuntimeName, rowsOf, type Setting, type SettingProblem, treeOf } from "./setting.ts";
import { isOfProvider } from "./sms-providers.ts";

/** `process.env`, or the text bindings of a Worker. */
export type EnvironmentRecord = Readonly<Record<string, string | undefined>>;

export interface LoadOptions {
  /** Default: `node`. */
  readonly runtime?: RuntimeName;
  /** Reads the file that `X_FILE` names for a secret `X`; absent where there is no file system. */
  readonly readFile?: (path: string) => string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** Values that work and are probably a mistake. */
  readonly warnings: readonly SettingProblem[];
}

/**
 * Reads the settings of `schema.ts` from an environment. Empty text counts as unset. Unknown names
 * are ignored.
 *
 * @returns every wrong or missing setting at once, by name and never by value
 */
export function loadSettings(
  env: EnvironmentRecord,
  options: LoadOptions = {},
): Result<LoadedSettings, readonly SettingProblem[]> {
  const rows = rowsOf(SETTINGS);
  const { given, unread } = givenTexts(env, rows, options);
  const { runtime = "node" } = options;
  const { values, wrong, warnings } = readValues(rows, given, new Set(unread.keys()), runtime);
  const settings = treeOf(SETTINGS, values) as Settings;
  const problems = [
    ...unread.values(),
    ...wrong.values(),
    ...(runtime === "workers" ? misplaced(rows, given) : []),
    ...brokenRules(
      [...SETTING_RULES, ...SECRET_RULES, ...ENVIRONMENT_RULES],
      settings,
      values,
      given,
    ),
  ];
  return problems.length === 0 ? ok({ settings, warnings }) : fail(problems);
}

/** Settings that are set on Workers and have no effect there: an operator would rely on them. */
function misplaced(
  rows: readonly Setting<unknown>[],
  given: GivenTexts,
): readonly SettingProblem[] {
  return rows.flatMap(({ name: setting, nodeOnly }) =>
    nodeOnly !== undefined && given.has(setting)
      ? [{ setting, reason: `must not be set on Workers: ${nodeOnly}` }]
      : [],
  );
}

interface Given {
  readonly given: GivenTexts;
  /** By setting name: secrets without a readable text. */
  readonly unread: ReadonlyMap<string, SettingProblem>;
}

function givenTexts(
  env: EnvironmentRecord,
  rows: readonly Setting<unknown>[],
  options: LoadOptions,
): Given {
  const given = new Map<string, string>();
  const unread = new Map<string, SettingProblem>();
  const others = ["NODE_TLS_REJECT_UNAUTHORIZED", ...Object.keys(env).filter(isOfProvider)];
  for (const name of [...rows.map((row) => row.name), ...others]) {
    const text = textOf(env, name);
    if (text !== "") given.set(name, text);
  }
  for (const { name } of rows.filter((row) => row.secretFrom !== undefined)) {
    const path = textOf(env, `${name}_FILE`);
    if (path === "") continue;
    const text = given.has(name)
      ? fail(`must not be set beside ${name}`)
      : secretText(path, options);
    if (text.ok) given.set(name, text.value);
    else unread.set(name, { setting: `${name}_FILE`, reason: text.failure });
  }
  return { given, unread };
}

/** An empty file is an error, not an unset secret: a failed mount must not lead to new keys. */
function secretText(path: string, { readFile }: LoadOptions): Result<string, string> {
  if (readFile === undefined) return fail("cannot be used: this runtime has no files");
  try {
    const text = readFile(path).trim();
    return text === "" ? fail("names an empty file") : ok(text);
  } catch {
    // The error's own text would name the path.
    return fail("names a file that cannot be read");
  }
}

const textOf = (env: EnvironmentRecord, name: string): string => (env[name] ?? "").trim();
