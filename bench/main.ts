/**
 * What a request and a login cost, beside other programs on this machine, in one run: figures of
 * another machine or another hour say nothing beside these. Linux, loopback, some minutes.
 *
 * npm run bench -- [--only NAME,NAME] [--rounds N] [--json FILE] [--beside CHECKOUT] [--list]
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { GROUPS } from "./groups/all.ts";
import { betterAuthMissing } from "./groups/logins.ts";
import { stopAll } from "./process.ts";
import { type GroupResult, measure } from "./report/results.ts";
import { groupText } from "./report/text.ts";

const ROOT = join(import.meta.dirname, "..");
const PEERS = join(import.meta.dirname, "peers");
/** No group may take longer. */
const GROUP_MS = 5 * 60_000;
/** A late part may have started another program meanwhile. */
const STOP_MS = 200;

const { values: given } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    rounds: { type: "string" },
    json: { type: "string", default: join(ROOT, "reports/bench.json") },
    beside: { type: "string", default: "" },
    list: { type: "boolean", default: false },
  },
});
// Read where the gateways are started.
process.env["BENCH_BESIDE"] = given.beside && resolve(given.beside);
if (given.list) {
  for (const { name, title } of GROUPS) console.log(`${name.padEnd(16)}${title}`);
  process.exit(0);
}
if (process.platform !== "linux") {
  console.error("npm run bench reads /proc: it runs on Linux only.");
  process.exit(2);
}
const asked = given.only.split(",").filter((name) => name !== "");
const unknown = asked.filter((name) => !GROUPS.some((group) => group.name === name));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(", ")}; --list names them`);
  process.exit(2);
}
const groups = GROUPS.filter(({ name }) => asked.length === 0 || asked.includes(name));
const fewest = Math.min(...groups.map(({ mostRounds = Number.POSITIVE_INFINITY }) => mostRounds));
if (given.rounds !== undefined && !(/^[1-9]\d*$/.test(given.rounds) && +given.rounds <= fewest)) {
  console.error(`--rounds must be a number from 1 to ${Math.min(fewest, 1000)} for these parts`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
process.on("exit", () => {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
// What a part that took too long still waited for.
process.on("unhandledRejection", () => undefined);

/** From the npm registry, by the peers' own lock file; without a network the bench says how. */
async function installPeers(): Promise<void> {
  if (betterAuthMissing() === null) return;
  console.error("installing the programs to compare with, into bench/peers/node_modules");
  const args = ["ci", "--prefix", PEERS, "--ignore-scripts", "--omit=peer", "--omit=optional"];
  await promisify(execFile)("npm", args).catch(({ message }) => console.error(message));
}

async function report(): Promise<readonly GroupResult[]> {
  const results: GroupResult[] = [];
  for (const group of groups) {
    console.error(`measuring: ${group.name}`);
    const rounds = given.rounds === undefined ? group.rounds : Number(given.rounds);
    const measuring = measure(group, mkdtempSync(join(folder, "group-")), rounds);
    try {
      const result = await Promise.race([measuring, tooLate()]);
      results.push(result);
      console.log(groupText(result));
    } catch (error) {
      process.exitCode = 1;
      console.error(`${group.name} was not measured: ${(error as Error).message}`);
    }
    await isOver(measuring);
  }
  return results;
}

/** A part that is too late must not run beside the next one: each step fails without its programs. */
async function isOver(measuring: Promise<GroupResult>): Promise<void> {
  const ended = measuring.then(
    () => true,
    () => true,
  );
  do stopAll();
  while (!(await Promise.race([ended, sleep(STOP_MS, false)])));
  stopAll();
}

async function tooLate(): Promise<never> {
  await sleep(GROUP_MS, undefined, { ref: false });
  throw new Error(`it took longer than ${GROUP_MS / 60_000} minutes`);
}

function commit(): string | null {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT }).toString().trim();
  } catch {
    return null;
  }
}

if (groups.some(({ name }) => name === "logins")) await installPeers();
const results = await report();
const [cpu] = cpus();
const whole = {
  at: new Date().toISOString(),
  commit: commit(),
  machine: { processors: availableParallelism(), model: cpu?.model ?? "unknown" },
  node: process.version,
  groups: results,
};
mkdirSync(dirname(given.json), { recursive: true });
writeFileSync(given.json, `${JSON.stringify(whole, null, 2)}\n`);
console.log(
  `\n${whole.machine.processors} processors for load, program and backend together: throughput is ` +
    `shared by all of them, CPU is the program's own.\nAlso as JSON: ${given.json}`,
);
process.exit();
