import { BSON, type Db, type Document, MongoClient } from "mongodb";

export type ExtendedJson = Readonly<Record<string, unknown>>;

/** The data of one database, apart from any connection under test. */
export interface MongoData {
  readonly db: Db;
  /** Relaxed or canonical Extended JSON, as it is, over whatever stands under its `_id`. */
  put(collection: string, documents: readonly ExtendedJson[]): Promise<void>;
  /** Documents whose values are the driver's own. */
  putRaw(collection: string, documents: readonly Document[]): Promise<void>;
  clear(collection: string): Promise<void>;
  /** As relaxed Extended JSON. */
  documents(collection: string): Promise<ExtendedJson[]>;
  close(): Promise<void>;
}

/** @param client one of the server's that others use too; without it the database gets its own */
export function mongoData(url: string, client?: MongoClient): MongoData {
  const own = client ?? new MongoClient(url);
  const db = own.db(databaseOf(url));
  const putRaw = async (collection: string, documents: readonly Document[]) => {
    if (documents.length === 0) return;
    const ids = documents.map(({ _id }) => _id).filter((id) => id !== undefined);
    if (ids.length > 0) await db.collection(collection).deleteMany({ _id: { $in: ids } });
    await db.collection(collection).insertMany([...documents]);
  };
  return {
    db,
    putRaw,
    put: (collection, documents) =>
      putRaw(
        collection,
        documents.map((document) => BSON.EJSON.deserialize(document, { relaxed: false })),
      ),
    clear: async (collection) => void (await db.collection(collection).deleteMany({})),
    documents: async (collection) => {
      const found = await db.collection(collection).find().toArray();
      return found.map((document) => withMilliseconds(BSON.EJSON.serialize(document)));
    },
    close: async () => {
      if (client === undefined) await own.close();
    },
  };
}

/** The database that is named in a URL's path. */
const databaseOf = (url: string): string => /^[^/]+\/\/[^/?]+\/([^?]*)/.exec(url)?.[1] ?? "";

/** Extended JSON leaves `.000` out of a date; tests write it as `toISOString` does. */
function withMilliseconds(document: Document): Document {
  const date = (name: string, value: unknown) =>
    name === "$date" && typeof value === "string" ? new Date(value).toISOString() : value;
  return JSON.parse(JSON.stringify(document), date);
}

/** The two unique indexes that a legacy database may have (LEGACY 1), neither of them sparse. */
export async function addUniqueIndexes(db: Db): Promise<void> {
  await db.collection("users").createIndex({ email: 1 }, { unique: true });
  await db.collection("customers_v2").createIndex({ user_id: 1 }, { unique: true });
}
