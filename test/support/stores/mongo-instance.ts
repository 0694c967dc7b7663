import { mongoDirectory } from "../../../src/adapters/mongo/directory.ts";
import type { MakeDirectory } from "../../contract/directory/directory-instance.ts";
import { addUniqueIndexes } from "./mongo-data.ts";
import { commandsOf, type MongoSuite } from "./mongo-suite.ts";

const clock = { now: Date.now };

/** Directories on the suite's server, for every suite that takes any adapter. */
export const mongoInstance =
  (mongo: MongoSuite): MakeDirectory =>
  async ({ unique }) => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    if (unique) await addUniqueIndexes(data.db);
    const [one, two] = [mongo.connect(url), mongo.connect(url)];
    const commands = commandsOf(one);
    return {
      directory: mongoDirectory(one, clock),
      other: mongoDirectory(two, clock),
      put: data.put,
      clear: data.clear,
      documents: data.documents,
      commands: () => commands.length,
      breakIt: () => one.close(),
      close: async () => {
        await Promise.all([one.close(), two.close(), data.close()]);
      },
    };
  };
