import { runInDurableObject } from "cloudflare:test";
import type { SqlValue } from "../../src/adapters/sqlite/sql.ts";

/** What an object wrote: rows and alarms, each of which the platform charges as one written row. */
export interface Written {
  puts: number;
  alarms: number;
  statements: number;
}

/** Counts what the object writes from now on. */
export async function countRows(stub: object): Promise<Written> {
  const written: Written = { puts: 0, alarms: 0, statements: 0 };
  await runInDurableObject(stub, (_, { storage }) => {
    const { kv, sql } = storage;
    const put = kv.put.bind(kv);
    const setAlarm = storage.setAlarm.bind(storage);
    const exec = sql.exec.bind(sql);
    Object.assign(kv, {
      put(key: string, value: unknown) {
        written.puts++;
        put(key, value);
      },
    });
    Object.assign(storage, {
      setAlarm(at: number) {
        written.alarms++;
        return setAlarm(at);
      },
    });
    Object.assign(sql, {
      exec(query: string, ...values: readonly SqlValue[]) {
        written.statements++;
        return exec(query, ...values);
      },
    });
  });
  return written;
}
