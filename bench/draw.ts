/** Draws the chart of docs/performance.md from the bench's JSON: `npm run bench:chart [FROM]`. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chart } from "./report/chart.ts";

const DOCS = join(import.meta.dirname, "../docs/pictures");
const KEPT = join(DOCS, "performance.json");

const from = process.argv[2];
if (from !== undefined) copyFileSync(resolve(from), KEPT);
const { groups } = JSON.parse(readFileSync(KEPT, "utf8"));
writeFileSync(join(DOCS, "performance.svg"), chart(groups));
