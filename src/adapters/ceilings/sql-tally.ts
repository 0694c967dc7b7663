import type { Row, Sql } from "../sqlite/sql.ts";
import type { TallyStore } from "./counted-ceilings.ts";

const READ = "SELECT key, number FROM ceilings WHERE window = ? AND key IN (?, ?, ?, ?, ?, ?)";
/** One statement for several keys: each statement costs as much as the row that it changes. */
const changeOf = (keys: number): string => `INSERT INTO ceilings (window, key, number, ends_at)
  VALUES ${Array.from({ length: keys }, () => "(?, ?, max(0, ?), ?)").join(", ")}
  ON CONFLICT (window, key) DO UPDATE
  SET number = max(0, number + ?), ends_at = excluded.ends_at RETURNING key, number`;
/** Of one key, of a pool with its network, and of the common pool with an address and a network. */
const CHANGES = [1, 2, 3].map(changeOf);
const RENEW = `INSERT INTO ceilings (window, key, number, ends_at) VALUES (?, ?, 1, ?)
  ON CONFLICT (window, key) DO UPDATE SET number = 1, ends_at = excluded.ends_at`;
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
        return numbersIn(sql.all(READ, window, ...six));
      },
      change(window, keys, by, endsAt) {
        const values = keys.flatMap((key) => [window, key, by, endsAt]);
        const statement = CHANGES[keys.length - 1] ?? changeOf(keys.length);
        const numbers = numbersIn(sql.all(statement, ...values, by));
        for (const [key, number] of numbers) if (number === 0) sql.run(NOTHING, window, key);
        return numbers;
      },
      renew: (window, key, endsAt) => void sql.run(RENEW, window, key, endsAt),
      forget: (now) => void sql.run(FORGET, now),
    },
  };
}

const numbersIn = (rows: readonly Row[]): ReadonlyMap<string, number> =>
  new Map(rows.map(({ key, number }) => [String(key), Number(number)]));
