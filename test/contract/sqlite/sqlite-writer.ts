/**
 * Run as a process of its own: `node sqlite-writer.ts PATH WRITES KILL_AFTER`. Begins all writes at
 * once, prints the key of each acknowledged one, and kills itself after so many.
 */
import { writeSync } from "node:fs";
import { openSqlite } from "../../../src/adapters/sqlite/node.ts";
import { sqliteState } from "../../../src/adapters/sqlite/state.ts";

const [path = "", writes = "0", killAfter = "0"] = process.argv.slice(2);
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const state = sqliteState(openSqlite(path).sql, { now: Date.now, randomBytes });
const options = { expect: null, expiresAt: Date.now() + 3_600_000 };

let acknowledged = 0;
for (let n = 0; n < Number(writes); n++) {
  void state.write(`key-${n}`, n, options).then(() => {
    // A write to a pipe from here is done when it returns, unlike one of process.stdout.
    writeSync(1, `key-${n}\n`);
    if (++acknowledged === Number(killAfter)) process.kill(process.pid, "SIGKILL");
  });
}
