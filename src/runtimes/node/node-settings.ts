import { readFileSync } from "node:fs";
import {
  type EnvironmentRecord,
  type LoadedSettings,
  loadSettings,
} from "../../config/load-settings.ts";
import { completeSettings } from "../shared/complete-settings.ts";
import { StartError } from "../shared/start-error.ts";
import { proxyWarnings } from "./env-proxy.ts";
import { KeysFileError, loadDevelopmentKeys } from "./keys-file.ts";

/** In the working folder, for any database: git ignores the folder, and it holds nothing else. */
const KEYS_FOLDER = ".data";

export type LoadedNodeSettings = ReturnType<typeof completeSettings>;

/**
 * Settings from an environment. In development missing keys are made once and kept in
 * `.data/keys.json`.
 *
 * Throws StartError that names every wrong setting.
 */
export async function loadNodeSettings(env: EnvironmentRecord): Promise<LoadedNodeSettings> {
  const { settings, warnings } = completeSettings(await withKeys(env));
  return { settings, warnings: [...warnings, ...proxyWarnings(env, settings.smsProvider)] };
}

async function withKeys(env: EnvironmentRecord): Promise<LoadedSettings> {
  const first = load(env);
  const { privateJwks, secretKeys, indexKey } = first.settings.keys;
  if (privateJwks !== null && secretKeys !== null && indexKey !== null) return first;
  const made = await developmentKeys(KEYS_FOLDER);
  return load({
    ...env,
    ...(privateJwks === null ? { JWT_PRIVATE_JWKS: made.JWT_PRIVATE_JWKS } : {}),
    ...(secretKeys === null ? { SECRET_KEYS: made.SECRET_KEYS } : {}),
    ...(indexKey === null ? { INDEX_KEY: made.INDEX_KEY } : {}),
  });
}

function load(env: EnvironmentRecord): LoadedSettings {
  const loaded = loadSettings(env, { readFile: (path) => readFileSync(path, "utf8") });
  if (loaded.ok) return loaded.value;
  const lines = loaded.failure.map(({ setting, reason }) => `  ${setting} ${reason}`);
  throw new StartError(`doorstep cannot start with these settings:\n${lines.join("\n")}`);
}

async function developmentKeys(folder: string) {
  try {
    return await loadDevelopmentKeys({ folder });
  } catch (error) {
    if (error instanceof KeysFileError) throw new StartError(error.message);
    throw error;
  }
}
