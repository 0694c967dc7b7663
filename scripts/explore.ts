import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");

/** The tests that draw at random: the model's, and those of properties. */
const properties = globSync("test/{unit,integration}/**/*.test.ts", { cwd: ROOT }).filter((path) =>
  readFileSync(join(ROOT, path), "utf8").includes('from "fast-check"'),
);
const filters = ["--project", "in-process", "--project", "model", "test/model", ...properties];

async function passes(seed: number): Promise<boolean> {
  const env = { MORE_RUNS: "5", ...process.env, SEED: String(seed) };
  const args = [VITEST, "run", "--reporter", "dot", ...filters];
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code === 0;
}

/** `npm run explore -- 30`: new seeds for so many minutes, each drawn five times as often as in CI. */
async function main(minutes: number): Promise<number> {
  const end = Date.now() + minutes * 60_000;
  const failed: number[] = [];
  let runs = 0;
  do {
    const seed = randomInt(0x7fff_ffff);
    if (!(await passes(seed))) failed.push(seed);
    runs += 1;
  } while (Date.now() < end);
  for (const seed of failed) console.log(`failed: SEED=${seed}`);
  console.log(`${runs} seeds, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(Number(process.argv[2] ?? 10));
