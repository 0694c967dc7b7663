import type { CommandStartedEvent } from "mongodb";
import { mongoDirectory } from "../../../src/adapters/mongo/directory.ts";
import { type TestGateway, type TestOptions, testGateway } from "../gateway/test-gateway.ts";
import type { Documents, Fields, LinkingWorld } from "../linking/linking-cases.ts";
import { addUniqueIndexes, type MongoData } from "./mongo-data.ts";
import { commandsOf, type MongoSuite } from "./mongo-suite.ts";

export interface MongoWorld extends LinkingWorld {
  readonly test: TestGateway;
  readonly data: MongoData;
  /** What the gateway's connection has sent since the documents were put there. */
  readonly commands: readonly CommandStartedEvent[];
}

export interface MongoWorldOptions extends TestOptions {
  /** With the unique indexes that a legacy database may have. */
  readonly unique?: boolean;
}

/** A gateway whose customers and users are in MongoDB, for `runLinkingCase` and others. */
export const mongoWorld =
  (mongo: MongoSuite, { unique = false, ...options }: MongoWorldOptions = {}) =>
  async ({ customers_v2, users }: Documents): Promise<MongoWorld> => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    await data.put("users", users);
    await data.put("customers_v2", customers_v2);
    if (unique) await addUniqueIndexes(data.db);
    const store = mongo.connect(url);
    const test = await testGateway({
      ...options,
      wrapDirectory() {
        const directory = mongoDirectory(store, { now: Date.now });
        return options.wrapDirectory?.(directory) ?? directory;
      },
    });
    await test.gateway.directory.check();
    const commands = commandsOf(store);
    const all = async (collection: string): Promise<Fields[]> =>
      (await data.documents(collection)).sort((a, b) => (text(a) < text(b) ? -1 : 1));
    const documents = async () => ({
      users: await all("users"),
      customers_v2: await all("customers_v2"),
    });
    return { commands, data, documents, test };
  };

const text = ({ _id }: Fields): string => JSON.stringify(_id);
