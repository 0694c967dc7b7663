import type {
  Directory,
  GuardedChange,
  LegacyCollection,
  WriteOutcome,
} from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import { together } from "./together.ts";

/** What `Directory.changeMany` takes at once. */
const MOST = 1000;

/**
 * A directory that makes concurrent guarded writes together: the steps of many logins, begun at
 * once, take one write of many documents for each step. The writes must be of different documents.
 */
export function batchedWrites({
  directory,
  runtime,
}: Pick<Gateway, "directory" | "runtime">): Directory {
  const queue = (collection: LegacyCollection) =>
    together<GuardedChange, WriteOutcome>(runtime, MOST, (writes) =>
      directory.changeMany(collection, writes),
    );
  const [users, customers] = [queue("users"), queue("customers_v2")];
  return {
    ...directory,
    changeUser: (read, guards, change) => users({ read, guards, change }),
    changeCustomer: (read, guards, change) => customers({ read, guards, change }),
  };
}
