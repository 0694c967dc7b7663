/**
 * Draws the chart of docs/performance.md and writes its tables from the bench's JSON: `npm run bench:chart [FILE ...]`. A
 * part that several files hold is taken from the last of them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chart } from "./report/chart.ts";
import { markdown } from "./report/markdown.ts";

const DOCS = join(import.meta.dirname, "../docs/pictures");
const KEPT = join(DOCS, "performance.json");
const PAGE = join(DOCS, "../performance.md");
const MARK = "<!-- figures -->";

const given = process.argv.slice(2).map((path) => resolve(path));
const runs = (given.length > 0 ? given : [KEPT]).map((path) =>
  JSON.parse(readFileSync(path, "utf8")),
);
const parts = new Map(runs.flatMap(({ groups }) => groups).map((group) => [group.name, group]));
const kept = { ...runs.at(-1), groups: [...parts.values()] };
writeFileSync(KEPT, `${JSON.stringify(kept, null, 2)}\n`);
writeFileSync(join(DOCS, "performance.svg"), chart(kept.groups));
const text = readFileSync(PAGE, "utf8");
const [before, , after] = text.split(MARK);
if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for tables`);
writeFileSync(PAGE, [before, `\n${markdown(kept.groups)}`, after].join(MARK));
