import { afterAll, afterEach } from "vitest";
import { connectMongo, type MongoStore } from "../../src/adapters/mongo/connect.ts";
import { mongoDirectory } from "../../src/adapters/mongo/directory.ts";
import {
  COLLECTIONS,
  type Collection,
  type MakeDirectory,
  type RawDocument,
} from "../contract/directory/directory-instance.ts";
import { around } from "../support/stores/fault-directory.ts";
import { addUniqueIndexes, type MongoData, mongoData } from "../support/stores/mongo-data.ts";
import { type MongoSuite, silentLog } from "../support/stores/mongo-suite.ts";

/** A database that one world after another has for itself: a new one each would cost too much. */
interface Space {
  readonly unique: boolean;
  readonly store: MongoStore;
  readonly data: MongoData;
}

/** The adapter on databases of the suite's server. What nobody has written since is not read again. */
export function mongoSpaces(mongo: MongoSuite): MakeDirectory {
  const [free, taken] = [new Set<Space>(), new Set<Space>()];
  const give = async (space: Space) => {
    if (!taken.delete(space)) return;
    for (const collection of COLLECTIONS) await space.data.clear(collection);
    free.add(space);
  };
  const take = async (unique: boolean) => {
    const space = [...free].find((one) => one.unique === unique) ?? (await newSpace(mongo, unique));
    free.delete(space);
    taken.add(space);
    return space;
  };
  // Some worlds are left open when their test is over.
  afterEach(async () => {
    for (const space of taken) await give(space);
  });
  afterAll(async () => {
    for (const { data, store } of free) await Promise.all([data.close(), store.close()]);
  });
  return async ({ unique }) => {
    const space = await take(unique);
    const { data, store } = space;
    const known = new Map<Collection, Promise<RawDocument[]>>();
    const changing = async <T>(change: () => Promise<T>): Promise<T> => {
      try {
        return await change();
      } finally {
        known.clear();
      }
    };
    const directory = around(mongoDirectory(store, { now: Date.now }), (run, method) =>
      /^(change|insert)/.test(method) ? changing(run) : run(),
    );
    return {
      directory,
      other: directory,
      put: (collection, documents) => changing(() => data.put(collection, documents)),
      clear: (collection) => changing(() => data.clear(collection)),
      documents(collection) {
        const documents = known.get(collection) ?? data.documents(collection);
        known.set(collection, documents as Promise<RawDocument[]>);
        return documents as Promise<RawDocument[]>;
      },
      close: () => give(space),
    };
  };
}

async function newSpace(mongo: MongoSuite, unique: boolean): Promise<Space> {
  const url = mongo.newUrl();
  const data = mongoData(url);
  if (unique) await addUniqueIndexes(data.db);
  return { unique, data, store: connectMongo({ url, log: silentLog }) };
}
