import {
  type EnvironmentRecord,
  type LoadedSettings,
  type LoadOptions,
  loadSettings,
} from "../../../src/config/load-settings.ts";
import type { SettingProblem } from "../../../src/config/setting.ts";

/** The settings of an environment that must be good. */
export function loaded(env: EnvironmentRecord, options?: LoadOptions): LoadedSettings {
  const read = loadSettings(env, options);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value;
}

/** What is wrong with an environment; nothing where it is good. */
export function problemsOf(
  env: EnvironmentRecord,
  options?: LoadOptions,
): readonly SettingProblem[] {
  const read = loadSettings(env, options);
  return read.ok ? [] : read.failure;
}
