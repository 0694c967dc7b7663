import type { StateStore } from "../../ports/state.ts";
import { askObject } from "./ask-object.ts";
import type { StateCalls } from "./objects/state-object.ts";
import type { ObjectNamespace } from "./platform.ts";

const READ = { repeatable: true };
/**
 * A repeat of an applied compare-and-set with a lost answer would look like a lost race. The caller
 * looks for the write's own name instead (flows/change-record.ts).
 */
const WRITE = { repeatable: false };
/** Not the name of a record: every record's name has a slash in it. */
const CHECKED = "check";

export interface DurableStateOptions {
  /** The region for new objects. */
  readonly locationHint?: string;
}

/** State in Durable Objects, one for each key. A key is an HMAC, which hides the phone or user. */
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
