import type { EnvironmentRecord } from "../../config/load-settings.ts";
import type { SettingProblem } from "../../config/setting.ts";

/** Node takes the small names first, and HTTP_PROXY also for https where there is no other. */
const NAMES = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"] as const;

/**
 * The variable that names a proxy for outgoing requests, and whether `fetch` goes through it.
 * Null: there is none.
 */
export function envProxy(
  env: EnvironmentRecord,
): { readonly name: string; readonly isUsed: boolean } | null {
  const name = NAMES.find((each) => (env[each] ?? "") !== "");
  if (name === undefined) return null;
  const options = [...process.execArgv, ...(env["NODE_OPTIONS"] ?? "").split(" ")];
  const isUsed = env["NODE_USE_ENV_PROXY"] === "1" || options.includes("--use-env-proxy");
  return { name, isUsed };
}

/** An operator who names a proxy has a machine that reaches the provider only through it. */
export function proxyWarnings(
  env: EnvironmentRecord,
  smsProvider: string,
): readonly SettingProblem[] {
  const proxy = envProxy(env);
  if (proxy === null || proxy.isUsed || smsProvider === "console") return [];
  const reason = `is set and not used: messages leave without the proxy. Set NODE_USE_ENV_PROXY=1, or remove ${proxy.name}`;
  return [{ setting: proxy.name, reason }];
}
