/** Run as a process of its own: `node sqlite-counter.ts PATH ROUNDS` adds ROUNDS to a record. */
import { openSqlite } from "../../../src/adapters/sqlite/node.ts";
import { sqliteState } from "../../../src/adapters/sqlite/state.ts";

const [path = "", rounds = "0"] = process.argv.slice(2);
const file = openSqlite(path);
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const state = sqliteState(file.sql, { now: Date.now, randomBytes });

for (let done = 0; done < Number(rounds); ) {
  const read = await state.read("count");
  const written = await state.write("count", Number(read?.value ?? 0) + 1, {
    expect: read?.version ?? null,
    expiresAt: Date.now() + 3_600_000,
  });
  if (written !== null) done++;
}
file.close();
