import { type CommandStartedEvent, MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll } from "vitest";
import { connectMongo, type MongoStore } from "../../../src/adapters/mongo/connect.ts";
import { type MongoData, mongoData } from "./mongo-data.ts";
import { findMongo, type MongoServer, randomDatabase, withDatabase } from "./mongo-server.ts";
import { describeWith } from "./service.ts";

export const silentLog = { write: () => undefined };

/** What a test has of the server of its suite. */
export interface MongoSuite {
  readonly server: MongoServer;
  /** A URL of the server with a new, empty database. */
  newUrl(): string;
  /** A connection as the gateway makes it; closed after the test. */
  connect(url: string): MongoStore;
  data(url: string): MongoData;
}

/** A suite on a server of its own; skipped, with the reason, where none can be had. */
export function describeMongo(name: string, body: (suite: MongoSuite) => void): void {
  const mongo = findMongo();
  const missing = "reason" in mongo ? mongo.reason : null;
  describeWith("MongoDB", missing, name, () => {
    if ("reason" in mongo) return;
    let server: MongoServer | null = null;
    // The data of all tests by one client: to connect takes longer than most tests do.
    let shared: MongoClient | null = null;
    const open: { close(): Promise<void> }[] = [];
    const kept = <T extends { close(): Promise<void> }>(one: T): T => {
      open.push(one);
      return one;
    };
    beforeAll(async () => {
      server = await mongo.start();
    });
    afterEach(async () => {
      for (const one of open.splice(0)) await one.close();
    });
    afterAll(async () => {
      await shared?.close();
      await server?.stop();
    });
    body({
      get server() {
        if (server === null) throw new Error("the server has not started");
        return server;
      },
      newUrl() {
        return withDatabase(this.server.url, randomDatabase());
      },
      connect: (url) => kept(connectMongo({ url, log: silentLog, monitorCommands: true })),
      data(url) {
        const { address } = this.server;
        if (!url.startsWith(`${address}/`)) return kept(mongoData(url));
        shared ??= new MongoClient(this.server.url);
        return mongoData(url, shared);
      },
    });
  });
}

/** Every command that the store sends from now on. */
export function commandsOf({ client }: MongoStore): CommandStartedEvent[] {
  const commands: CommandStartedEvent[] = [];
  client.on("commandStarted", (event) => commands.push(event));
  return commands;
}
