import type {
  Directory,
  GuardedChange,
  LegacyCollection,
  WriteOutcome,
} from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";

interface Waiting {
  readonly write: GuardedChange;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

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
  const queue = (collection: LegacyCollection) => {
    let waiting: Waiting[] = [];
    const flush = async () => {
      // All that are ready now run until they wait for their write.
      await runtime.sleep(0);
      const batch = waiting;
      waiting = [];
      for (let at = 0; at < batch.length; at += MOST) {
        await writeAll(directory, collection, batch.slice(at, at + MOST));
      }
    };
    return (write: GuardedChange): Promise<WriteOutcome> =>
      new Promise((resolve, reject) => {
        waiting.push({ write, resolve, reject });
        if (waiting.length === 1) void flush();
      });
  };
  const [users, customers] = [queue("users"), queue("customers_v2")];
  return {
    ...directory,
    changeUser: (read, guards, change) => users({ read, guards, change }),
    changeCustomer: (read, guards, change) => customers({ read, guards, change }),
  };
}

/** Never rejects: each caller gets its own answer. */
async function writeAll(
  directory: Pick<Directory, "changeMany">,
  collection: LegacyCollection,
  batch: readonly Waiting[],
): Promise<void> {
  try {
    const writes = batch.map(({ write }) => write);
    const outcomes = await directory.changeMany(collection, writes);
    for (const [at, { resolve }] of batch.entries()) resolve(outcomes[at] ?? "lost");
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
