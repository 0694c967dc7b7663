import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { banner } from "../src/cli/output/banner.ts";
import { type EnvironmentRecord, loadSettings } from "../src/config/load-settings.ts";
import { SETTINGS } from "../src/config/schema.ts";
import { rowsOf } from "../src/config/setting.ts";
import { loadDevelopmentKeys } from "../src/runtimes/node/keys-file.ts";

const ROOT = join(import.meta.dirname, "..");
/** In git's ignore list, and readable only by this user. */
const FOLDER = join(ROOT, ".data");
const ENV_FILE = join(FOLDER, "edge.env");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** No request to the internet: no account, no metrics, no simulated location. */
const OFFLINE = { CI: "1", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" };

/**
 * `npm run dev:edge`: the Worker on this machine, on PORT, with the settings of the environment.
 * The keys are those of `.data/keys.json`, shared with `npm start`: a Worker has no files, so this
 * script makes the keys and passes them on in an env file. Further arguments go to wrangler.
 *
 * @returns wrangler's exit code
 */
async function devEdge(args: readonly string[], env: EnvironmentRecord): Promise<number> {
  const port = env["PORT"] ?? "8787";
  const keys = await loadDevelopmentKeys({ folder: FOLDER });
  const vars = { PUBLIC_URL: `http://localhost:${port}`, ...keys, ...settingsOf(env) };
  await mkdir(FOLDER, { recursive: true, mode: 0o700 });
  await writeFile(ENV_FILE, envText(vars), { mode: 0o600 });
  const loaded = loadSettings({ ...vars, NODE_ENV: "development" }, { runtime: "workers" });
  if (loaded.ok) process.stderr.write(banner(loaded.value.settings));
  const flags = [
    ...["--env", "dev", "--env-file", ENV_FILE, "--ip", "127.0.0.1", "--port", port],
    ...["--inspector-port", "0", "--show-interactive-dev-session=false"],
  ];
  const child = spawn(process.execPath, [WRANGLER, "dev", ...flags, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...OFFLINE },
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => void child.kill(signal));
  }
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}

/** The settings of the environment that a Worker accepts. */
function settingsOf(env: EnvironmentRecord): Readonly<Record<string, string>> {
  const names = rowsOf(SETTINGS)
    .filter(({ nodeOnly }) => nodeOnly === undefined)
    .map(({ name }) => name);
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = env[name] ?? "";
      return text === "" || name === "NODE_ENV" ? [] : [[name, text]];
    }),
  );
}

/** As `.env` files quote: with a quotation mark that the text does not contain. */
function envText(vars: Readonly<Record<string, string>>): string {
  const lines = Object.entries(vars).map(([name, text]) => {
    const mark = ["'", '"', "`"].find((candidate) => !text.includes(candidate));
    if (mark === undefined) throw new Error(`${name} cannot be written into ${ENV_FILE}`);
    return `${name}=${mark}${text}${mark}\n`;
  });
  return lines.join("");
}

process.exitCode = await devEdge(process.argv.slice(2), process.env);
