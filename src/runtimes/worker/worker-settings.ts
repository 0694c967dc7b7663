import { type EnvironmentRecord, loadSettings } from "../../config/load-settings.ts";
import { SETTINGS } from "../../config/schema.ts";
import { type Environment, rowsOf, type SettingProblem } from "../../config/setting.ts";
import { isLoopback } from "../../core/address/loopback.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { completeSettings } from "../shared/complete-settings.ts";

/** A Worker's bindings: texts, and objects, which are not settings. */
export type WorkerBindings = Readonly<Record<string, unknown>>;

const REFUSED_ENVIRONMENT: Readonly<Record<Environment, string>> = {
  production: "must be production in this Worker: development runs under [env.dev] alone",
  development: "must be development under [env.dev]",
};

/**
 * Settings from variables and secrets. A Worker is built for one environment, and refuses the
 * other: an unset NODE_ENV must not open the development routes to the internet.
 *
 * @returns every wrong or missing setting at once, by name and never by value
 */
export function loadWorkerSettings(
  bindings: WorkerBindings,
  environment: Environment,
): Result<ReturnType<typeof completeSettings>, readonly SettingProblem[]> {
  const env = textsOf(bindings);
  if (env["NODE_ENV"] !== environment) {
    return fail([{ setting: "NODE_ENV", reason: REFUSED_ENVIRONMENT[environment] }]);
  }
  const loaded = loadSettings(env, { runtime: "workers" });
  const untold = settingsThatAreNoTexts(bindings);
  if (!loaded.ok || untold.length > 0) {
    return fail([...untold, ...(loaded.ok ? [] : loaded.failure)]);
  }
  const { keys, server } = loaded.value.settings;
  const missing = [
    ...(keys.privateJwks === null ? ["JWT_PRIVATE_JWKS"] : []),
    ...(keys.secretKeys === null ? ["SECRET_KEYS"] : []),
    ...(keys.indexKey === null ? ["INDEX_KEY"] : []),
  ].map((setting) => ({ setting, reason: "is missing: `npm run dev:edge` makes one" }));
  const outside = isLoopback(server.publicUrl.hostname)
    ? []
    : [{ setting: "PUBLIC_URL", reason: "must be this machine in development" }];
  const problems = environment === "development" ? [...missing, ...outside] : missing;
  return problems.length === 0 ? ok(completeSettings(loaded.value)) : fail(problems);
}

/** The texts among the bindings. */
export function textsOf(bindings: WorkerBindings): EnvironmentRecord {
  const texts = Object.entries(bindings).filter(
    (binding): binding is [string, string] => typeof binding[1] === "string",
  );
  return Object.fromEntries(texts);
}

const NAMES: ReadonlySet<string> = new Set([...rowsOf(SETTINGS).map(({ name }) => name)]);

/** wrangler.toml may hold numbers, lists and tables, which the gateway does not read. */
function settingsThatAreNoTexts(bindings: WorkerBindings): readonly SettingProblem[] {
  return Object.entries(bindings)
    .filter(([name, value]) => NAMES.has(name) && typeof value !== "string")
    .map(([setting]) => ({ setting, reason: "must be a text: put it in quotation marks" }));
}
