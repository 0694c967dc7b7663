import type { Sql } from "../sqlite/sql.ts";
import type { TallyStore } from "./counted-ceilings.ts";

const READ = "SELECT key, number FROM ceilings WHERE window = ? AND key IN (?, ?, ?, ?, ?, ?)";
const CHANGE = `INSERT INTO ceilings (window, key, number, ends_at) VALUES (?, ?, max(0, ?), ?)
  ON CONFLICT (window, key) DO UPDATE
  SET number = max(0, number + ?), ends_at = excluded.ends_at RETURNING number`;
const NOTHING = "DELETE FROM ceilings WHERE window = ? AND key = ? AND number = 0";
/** A take adds fewer rows than this, so past rows do not pile up, and no take waits for more. */
const FORGET = `DELETE FROM ceilings WHERE (window, key) IN
  (SELECT window, key FROM ceilings WHERE ends_at <= ? LIMIT 50)`;
const MOST_KEYS = 6;

/** Numbers in SQLite, shared by the processes of one machine. */
export function sqlTally(sql: Sql): TallyStore {
  return {
    atomically: (operation, work) => sql.write(operation, work),
    tally: {
      read(window, keys) {
        const six = Array.from({ length: MOST_KEYS }, (_, i) => keys[i] ?? null);
        const rows = sql.all(READ, window, ...six);
        return new Map(rows.map(({ key, number }) => [String(key), Number(number)]));
      },
      change(window, key, by, endsAt) {
        const [row] = sql.all(CHANGE, window, key, by, endsAt, by);
        const number = Number(row?.["number"] ?? 0);
        if (number === 0) sql.run(NOTHING, window, key);
        return number;
      },
      forget: (now) => void sql.run(FORGET, now),
    },
  };
}
