import { readFileSync } from "node:fs";
import {
  type EnvironmentRecord,
  type LoadedSettings,
  loadSettings,
} from "../config/load-settings.ts";
import type { SettingProblem } from "../config/setting.ts";
import { KeysFileError, loadDevelopmentKeys } from "./keys-file.ts";

/** The start cannot go on; the message is for the operator and holds no value. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StartError";
  }
}

/** Settings in which nothing is left to make up. */
export type CompleteSettings = LoadedSettings["settings"] & {
  readonly keys: {
    readonly [Name in keyof LoadedSettings["settings"]["keys"]]: NonNullable<
      LoadedSettings["settings"]["keys"][Name]
    >;
  };
};

/** In the working folder, wherever the database is: git ignores it, and it holds nothing else. */
const KEYS_FOLDER = ".data";

/**
 * Settings from an environment. Where development was given no keys they are made once and kept
 * in `.data/keys.json`.
 *
 * Throws StartError that names every wrong setting.
 */
export async function loadNodeSettings(
  env: EnvironmentRecord,
): Promise<{ readonly settings: CompleteSettings; readonly warnings: readonly SettingProblem[] }> {
  const first = load(env);
  const { privateJwks, secretKeys, indexKey } = first.settings.keys;
  if (privateJwks !== null && secretKeys !== null && indexKey !== null) return complete(first);
  const made = await developmentKeys(KEYS_FOLDER);
  return complete(
    load({
      ...env,
      ...(privateJwks === null ? { JWT_PRIVATE_JWKS: made.JWT_PRIVATE_JWKS } : {}),
      ...(secretKeys === null ? { SECRET_KEYS: made.SECRET_KEYS } : {}),
      ...(indexKey === null ? { INDEX_KEY: made.INDEX_KEY } : {}),
    }),
  );
}

function load(env: EnvironmentRecord): LoadedSettings {
  const loaded = loadSettings(env, { readFile: (path) => readFileSync(path, "utf8") });
  if (loaded.ok) return loaded.value;
  const lines = loaded.failure.map(({ setting, reason }) => `  ${setting} ${reason}`);
  throw new StartError(`doorstep cannot start with these settings:\n${lines.join("\n")}`);
}

function complete({ settings, warnings }: LoadedSettings) {
  const { privateJwks, secretKeys, indexKey } = settings.keys;
  if (privateJwks === null || secretKeys === null || indexKey === null) {
    throw new StartError("doorstep cannot start without keys");
  }
  return { settings: { ...settings, keys: { privateJwks, secretKeys, indexKey } }, warnings };
}

async function developmentKeys(folder: string) {
  try {
    return await loadDevelopmentKeys({ folder });
  } catch (error) {
    if (error instanceof KeysFileError) throw new StartError(error.message);
    throw error;
  }
}
