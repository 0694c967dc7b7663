import { mongoDirectory } from "../../src/adapters/mongo/directory.ts";
import { addUniqueIndexes } from "../support/mongo-data.ts";
import { commandsOf, describeMongo } from "../support/mongo-suite.ts";
import { directorySuite } from "./directory.suite.ts";
import type { MakeDirectory } from "./directory-instance.ts";

const clock = { now: Date.now };

describeMongo("MongoDB", (mongo) => {
  const make: MakeDirectory = async ({ unique }) => {
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
      close: async () => undefined,
    };
  };
  directorySuite("MongoDB", make);
});
