import type { StateStore } from "../../ports/state.ts";
import { askObject } from "./ask-object.ts";
import type { ObjectNamespace } from "./platform.ts";
import type { StateCalls } from "./state-object.ts";

const READ = { repeatable: true };
/**
 * A compare-and-set that was done, and whose answer got lost, would be refused the second time and
 * look like a lost race. Who writes looks for the write's own name instead (flows/change-record.ts).
 */
const WRITE = { repeatable: false };
/** Nobody's record: every record's name has a slash in it. */
const CHECKED = "check";

export interface DurableStateOptions {
  /** Where objects are made that do not exist yet. */
  readonly locationHint?: string;
}

/** State in Durable Objects, one for each key. A key is a name that tells nothing (an HMAC). */
export function durableState(
  namespace: ObjectNamespace<StateCalls>,
  { locationHint }: DurableStateOptions = {},
): StateStore {
  const place = locationHint === undefined ? [] : ([{ locationHint }] as const);
  const object = (key: string) => namespace.get(namespace.idFromName(key), ...place);
  return {
    read: (key) => askObject("read", READ, () => object(key).read(key)),
    write: (key, value, options) =>
      askObject("write", WRITE, () => object(key).write(key, value, options)),
    remove: (key, options) => askObject("remove", WRITE, () => object(key).remove(key, options)),
    async check() {
      await askObject("check", READ, () => object(CHECKED).check());
    },
  };
}
