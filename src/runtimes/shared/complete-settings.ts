import type { LoadedSettings } from "../../config/load-settings.ts";
import type { SettingProblem } from "../../config/setting.ts";
import { StartError } from "./start-error.ts";

type Settings = LoadedSettings["settings"];

/** Settings with no missing key. */
export type CompleteSettings = Settings & {
  readonly keys: { readonly [Name in keyof Settings["keys"]]: NonNullable<Settings["keys"][Name]> };
};

/** Throws StartError where there are no keys. */
export function completeSettings({ settings, warnings }: LoadedSettings): {
  readonly settings: CompleteSettings;
  readonly warnings: readonly SettingProblem[];
} {
  const { privateJwks, secretKeys, indexKey } = settings.keys;
  if (privateJwks === null || secretKeys === null || indexKey === null) {
    throw new StartError("doorstep cannot start without keys");
  }
  return { settings: { ...settings, keys: { privateJwks, secretKeys, indexKey } }, warnings };
}
