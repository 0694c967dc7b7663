import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { onTestFinished } from "vitest";
import { wireValues } from "../../../src/adapters/mongo/bson-values.ts";
import { mongoDirectory } from "../../../src/adapters/mongo/directory.ts";
import { openSqlite } from "../../../src/adapters/sqlite/node.ts";
import { type SeedDocuments, seedDirectory } from "../../../src/adapters/sqlite/seed.ts";
import { runDoorstep } from "../../../src/cli/program.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { randomBytes, sqliteFolder } from "../../contract/sqlite/sqlite-files.ts";
import { ADMIN_TOKEN } from "../gateway/admin-token.ts";
import { type TestGateway, testGateway } from "../gateway/test-gateway.ts";
import type { Fields } from "../linking/linking-cases.ts";
import type { MongoSuite } from "../stores/mongo-suite.ts";

const keys = await generateKeys();
const KEYS = {
  JWT_PRIVATE_JWKS: keys.jwtPrivateJwks,
  SECRET_KEYS: keys.secretKeys,
  INDEX_KEY: keys.indexKey,
};
/** The commands' own keys and time. */
const settingsOf = (env: Readonly<Record<string, string>> = {}) => ({
  env: { ...KEYS, ...env },
  clock: { now: Date.now, advance: () => undefined },
});

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Collection = "users" | "customers_v2";

/** A person's answer, or what the person does before it. */
type Answer = string | ((question: string) => Promise<string>);

/** A store with documents, and the command line on it, in this process. */
export interface CommandWorld {
  /** The folder of the runs' journals. */
  readonly runs: string;
  /** `doorstep` with these arguments, without a terminal. */
  run(...args: string[]): Promise<Ran>;
  /** The same at a terminal, with a person's answer to its question. */
  answering(answer: Answer, ...args: string[]): Promise<Ran>;
  /** Every document as it stands, in the order of its `id` and `_id`. */
  documents(collection: Collection): Promise<readonly Fields[]>;
  /** One document by its `id`. */
  one(collection: Collection, id: string): Promise<Fields>;
  /** Writes over the document of this `id`, as the legacy backend would. */
  overwrite(collection: Collection, id: string, changes: Fields): Promise<void>;
  /** A gateway on the same stores. */
  gateway(env?: Readonly<Record<string, string>>): Promise<TestGateway>;
}

export type FillCommandWorld = (documents: SeedDocuments) => Promise<CommandWorld>;

/** The id of the run that a command began. */
export const runOf = ({ err }: Ran): string => /^Run (\S+)\. /m.exec(err)?.[1] ?? "no run";

export const commandsOnSqlite: FillCommandWorld = async (documents) => {
  const { open, path } = await sqliteFolder();
  const { close, sql } = openSqlite(path);
  seedDirectory(sql, documents, { randomBytes });
  close();
  const store = open().sql;
  return worldOf(path, {
    env: { SQLITE_PATH: path },
    async documents(collection) {
      const rows = store.all(`SELECT key, doc FROM ${collection}`);
      return rows.map(({ doc, key }) => ({
        _id: JSON.parse(key as string),
        ...JSON.parse(doc as string),
      }));
    },
    async put(collection, { _id, ...fields }) {
      const doc = JSON.stringify(fields);
      store.run(`UPDATE ${collection} SET doc = ? WHERE key = ?`, doc, JSON.stringify(_id));
    },
    gateway: (env) => testGateway({ ...settingsOf(env), path }),
  });
};

export const commandsOnMongo =
  (mongo: MongoSuite): FillCommandWorld =>
  async (documents) => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    await data.put("users", documents.users);
    await data.put("customers_v2", documents.customers_v2);
    const { path } = await sqliteFolder();
    const directory = mongoDirectory(mongo.connect(url), { now: Date.now });
    return worldOf(path, {
      env: { NODE_ENV: "development", MONGODB_URL: url, SQLITE_PATH: path },
      documents: (collection) => data.documents(collection),
      put: (collection, document) => data.put(collection, [document]),
      gateway: (env) =>
        testGateway({ ...settingsOf(env), path, wireValues, wrapDirectory: () => directory }),
    });
  };

/**
 * The command line on another machine than the stores: it knows the gateway's address and token, and
 * `err` has the gateway's audit too.
 */
export const throughGateway =
  (fillStore: FillCommandWorld): FillCommandWorld =>
  async (documents) => {
    const store = await fillStore(documents);
    const gateway = await store.gateway({ ADMIN_TOKEN, ADMIN_RECORDS: "on" });
    // The tests of a worker share their globals: node-server's own Response, made before it is
    // asked for, is not the marker of an answer that was written already.
    const server = createAdaptorServer({
      fetch: (request) => gateway.app.fetch(request),
      overrideGlobalObjects: false,
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const command = async (args: readonly string[], answer?: Answer): Promise<Ran> => {
      const before = gateway.lines.length;
      const env = { ADMIN_TOKEN, SQLITE_PATH: join(store.runs, "..", "elsewhere.db") };
      const ran = await commandLine([...args, "--gateway", url], env, answer);
      const audit = gateway.lines.slice(before).filter(isOfRun);
      return { ...ran, err: ran.err + audit.map((line) => `${line}\n`).join("") };
    };
    return {
      ...store,
      run: (...args) => command(args),
      answering: (answer, ...args) => command(args, answer),
    };
  };

/** Not the lines of the calls themselves, of which a command makes several. */
const isOfRun = (line: string): boolean =>
  line.includes('"event":"audit"') && !line.includes('"name":"admin.called"');

async function commandLine(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  answer?: Answer,
): Promise<Ran> {
  const written = { out: "", err: "" };
  const to = (stream: "out" | "err") => (text: string) => {
    written[stream] += text;
  };
  const ask = async (question: string) => {
    written.err += question;
    return typeof answer === "function" ? answer(question) : (answer ?? "");
  };
  const terminal = answer === undefined ? {} : { ask, progress: () => undefined };
  const io = { out: to("out"), err: to("err"), ...terminal };
  return { code: await runDoorstep(args, io, env), ...written };
}

interface Store {
  readonly env: Readonly<Record<string, string>>;
  documents(collection: Collection): Promise<readonly Fields[]>;
  put(collection: Collection, document: Fields): Promise<void>;
  gateway(env?: Readonly<Record<string, string>>): Promise<TestGateway>;
}

function worldOf(path: string, { documents, env, gateway, put }: Store): CommandWorld {
  const runs = join(path, "..", "runs");
  const command = (args: readonly string[], answer?: Answer) =>
    commandLine(args, { ...KEYS, ...env }, answer);
  const nameOf = (document: Fields) => JSON.stringify([document["id"], document["_id"]]);
  const sorted = async (collection: Collection) =>
    [...(await documents(collection))].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const one = async (collection: Collection, id: string): Promise<Fields> => {
    const found = (await documents(collection)).find((document) => document["id"] === id);
    if (found === undefined) throw new Error(`no ${collection} ${id}`);
    return found;
  };
  return {
    runs,
    run: (...args) => command(args),
    answering: (answer, ...args) => command(args, answer),
    documents: sorted,
    one,
    overwrite: async (collection, id, changes) =>
      put(collection, { ...(await one(collection, id)), ...changes }),
    gateway,
  };
}
