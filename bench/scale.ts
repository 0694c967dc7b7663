/**
 * Measures the operator's commands on a large embedded store, with the time of the processor and
 * the memory of each: look-up, `audit`, `link`, `normalize`, `decide` and `undo`; then counts the
 * commands and documents that each record takes on MongoDB.
 *
 * npm run bench:scale
 * SCALE_CUSTOMERS (100000), SCALE_USERS (20000), SCALE_MONGO (2000; 0 leaves MongoDB out),
 * SCALE_MORE (0: look-up, `audit` and `link` alone).
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { sqliteDirectory } from "../src/adapters/sqlite/directory.ts";
import { documentRow } from "../src/adapters/sqlite/extended-json.ts";
import { openSqlite } from "../src/adapters/sqlite/node.ts";
import type { Phone } from "../src/core/ids.ts";
import { spellingsOf } from "../src/core/phone/phone.ts";
import { type ScaleSize, scaleDocuments } from "./scale-documents.ts";
import { countOnMongo } from "./scale-mongo.ts";

const SIZE: ScaleSize = {
  customers: Number(process.env["SCALE_CUSTOMERS"] ?? 100_000),
  users: Number(process.env["SCALE_USERS"] ?? 20_000),
};
const SMALL: ScaleSize = { customers: 1_000, users: 200 };
const MONGO = Number(process.env["SCALE_MONGO"] ?? 2_000);
const LOOK_UPS = 500;
const CLI = join(import.meta.dirname, "../src/cli/doorstep.ts");
/** Tells the greatest resident size and the time of the processor at the end of a process. */
const WATCH = `data:text/javascript,process.on("exit",()=>process.stderr.write("MAXRSS "+process.resourceUsage().maxRSS+" CPU "+(process.cpuUsage().user+process.cpuUsage().system)/1e6+"\\n"))`;

const folder = mkdtempSync(join(tmpdir(), "doorstep-scale-"));

function fill(size: ScaleSize): string {
  const path = join(folder, `${size.customers}.db`);
  const { close, sql } = openSqlite(path);
  sql.transaction(() => {
    for (const { collection, document } of scaleDocuments(size)) {
      const { doc, key } = documentRow(document, () => randomBytes(12).toString("hex"));
      sql.run(`INSERT INTO ${collection} (key, doc) VALUES (?, ?)`, key, doc);
    }
  });
  close();
  return path;
}

/** Milliseconds of one look-up by phone, the median. */
async function lookUp(path: string, { customers }: ScaleSize): Promise<number> {
  const { close, sql } = openSqlite(path);
  const directory = sqliteDirectory(sql, { now: Date.now });
  const times: number[] = [];
  for (let n = 0; n < LOOK_UPS; n++) {
    const number = 9_000_000_000 + ((n * 7_919) % customers);
    const startedAt = performance.now();
    await directory.findCustomers({ phones: spellingsOf(`+91${number}` as Phone) });
    times.push(performance.now() - startedAt);
  }
  close();
  return times.sort((a, b) => a - b)[LOOK_UPS / 2] ?? 0;
}

interface Measured {
  readonly seconds: number;
  readonly mb: number;
  /** Of the processor: it tells more than `seconds` on a busy machine. */
  readonly cpu: number;
  readonly out: string;
  /** The id to undo the command by; empty where it wrote nothing. */
  readonly run: string;
}

function command(path: string, ...args: readonly string[]): Promise<Measured> {
  const startedAt = performance.now();
  const env = { ...process.env, SQLITE_PATH: path, NODE_ENV: "development" };
  const child = spawn(process.execPath, ["--import", WATCH, CLI, ...args], { env });
  const texts = { out: "", err: "" };
  let run = "";
  child.stdout.on("data", (chunk) => {
    texts.out = (texts.out + chunk).slice(-20_000);
  });
  child.stderr.on("data", (chunk) => {
    texts.err = (texts.err + chunk).slice(-20_000);
    // Told before the first write; a line of the audit for each link follows.
    run ||= /doorstep undo (\S+)/.exec(texts.err)?.[1] ?? "";
  });
  return new Promise((resolve) => {
    child.once("close", () => {
      const kb = Number(/MAXRSS (\d+)/.exec(texts.err)?.[1] ?? 0);
      const seconds = (performance.now() - startedAt) / 1000;
      const cpu = Number(/CPU ([\d.]+)/.exec(texts.err)?.[1] ?? 0);
      resolve({ seconds, mb: kb / 1024, cpu, out: texts.out, run });
    });
  });
}

const timeOf = ({ cpu, mb, seconds }: Measured): string =>
  `${seconds.toFixed(1)} s (processor ${cpu.toFixed(1)} s), ${mb.toFixed(0)} MB`;

const rates = (what: string, count: number, { cpu, seconds }: Measured): string =>
  `${(count / seconds).toFixed(0)} ${what}/s (${(count / cpu).toFixed(0)} a second of processor)`;

/** Fills the column `decision` of a CSV as a person would: `new` in each row about phones. */
async function decideRows(from: string, to: string): Promise<number> {
  const out = createWriteStream(to);
  let rows = 0;
  for await (const line of createInterface(createReadStream(from))) {
    const isDecided = line.includes("the phones differ") && line.endsWith(",");
    if (isDecided) rows++;
    out.write(isDecided ? `${line}new\n` : `${line}\n`);
  }
  out.end();
  await finished(out);
  return rows;
}

async function commands(path: string): Promise<void> {
  const audit = await command(path, "audit", "--json");
  console.log(`audit     ${timeOf(audit)}, load ${loadavg()[0]?.toFixed(1)}`);
  console.log(`          ${rates("records", SIZE.customers + SIZE.users, audit)}`);
  console.log(`          ${JSON.stringify(JSON.parse(audit.out).standings)}`);
  const link = await command(path, "link", "--apply", "--yes", "--by-phone", "--json");
  const { byId, byPhone, marked } = JSON.parse(link.out);
  const links = byId + byPhone + marked;
  console.log(`link      ${timeOf(link)}, ${links} links, load ${loadavg()[0]?.toFixed(1)}`);
  console.log(`          ${rates("customers", SIZE.customers, link)}`);
  console.log(`          ${rates("links", links, link)}`);
  if (process.env["SCALE_MORE"] === "0") return;
  const undo = await command(path, "undo", link.run, "--apply", "--yes", "--json");
  console.log(`undo      ${timeOf(undo)}, ${JSON.parse(undo.out).restored} documents`);
  const normalize = await command(path, "normalize", "--apply", "--yes", "--json");
  console.log(`normalize ${timeOf(normalize)}, ${JSON.parse(normalize.out).written} documents`);
  const csv = join(folder, "rows.csv");
  const list = await command(path, "audit", "--csv", csv);
  console.log(`audit     ${timeOf(list)}, with --csv`);
  const rows = await decideRows(csv, `${csv}.decided`);
  const decide = await command(path, "decide", `${csv}.decided`, "--apply", "--yes", "--json");
  const { done } = JSON.parse(decide.out);
  console.log(`decide    ${timeOf(decide)}, ${done} of ${rows} decisions`);
}

try {
  const small = await lookUp(fill(SMALL), SMALL);
  const path = fill(SIZE);
  const large = await lookUp(path, SIZE);
  console.log(`${SIZE.customers} customers, ${SIZE.users} users`);
  console.log(
    `look-up   ${large.toFixed(3)} ms, ${(large / small).toFixed(2)} times that of 1,000`,
  );
  await commands(path);
  if (MONGO > 0) console.log(await countOnMongo({ customers: MONGO, users: MONGO / 5 }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
