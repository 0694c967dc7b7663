/**
 * `npm run attack`: what load-like attacks do to a gateway of this machine, as one table. Each row
 * has a gateway of its own on loopback, and takes a minute at most.
 *
 * `npm run attack -- ../before` attacks the gateway of another checkout, for figures before a change.
 */
import { stopAll } from "../process.ts";
import { openPlace, type Row } from "./place.ts";
import { SERVICE_CEILINGS } from "./service-ceilings.ts";
import { SLOW_READERS } from "./slow-readers.ts";
import { UNREAD_ANSWERS } from "./unread-answers.ts";

const ROWS: readonly Row[] = [SERVICE_CEILINGS, UNREAD_ANSWERS, ...SLOW_READERS];

process.on("exit", stopAll);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

const [root = "."] = process.argv.slice(2);
console.log("| attack | input | seen | right |\n|---|---|---|---|");
for (const { input, name, right, run } of ROWS) {
  const place = await openPlace(root);
  const seen = await run(place).catch((error: unknown) => `failed: ${String(error)}`);
  await place.stop();
  console.log(`| ${name} | ${input} | ${seen} | ${right} |`);
}
