import { StatementSync } from "node:sqlite";

/**
 * Preloaded into a gateway: after SIGUSR2 it kills itself with SIGKILL as soon as its
 * KILL_AT_COMMIT-th transaction on records or documents has ended, before any caller is answered.
 */
const killAt = Number(process.env["KILL_AT_COMMIT"]);
let commits = Number.NEGATIVE_INFINITY;
let isOnRecords = false;

process.on("SIGUSR2", () => {
  commits = 0;
  process.stderr.write("armed\n");
});

const run = StatementSync.prototype.run;
StatementSync.prototype.run = function counted(this: StatementSync, ...values: never[]) {
  const result = Reflect.apply(run, this, values);
  if (/\b(?:state|users|customers_v2)\b/.test(this.sourceSQL)) isOnRecords = true;
  if (this.sourceSQL !== "COMMIT") return result;
  if (isOnRecords && ++commits === killAt) process.kill(process.pid, "SIGKILL");
  isOnRecords = false;
  return result;
} as typeof run;
