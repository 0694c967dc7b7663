import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import type { DirectoryRemote } from "../../../src/adapters/durable/directory-calls.ts";
import { directorySuite } from "../../contract/directory/directory.suite.ts";
import { ownershipSuite } from "../../contract/directory/ownership.suite.ts";
import { declareBsonGuards } from "../../contract/mongo/mongo-guards.ts";
import { addUniqueIndexes } from "../../support/stores/mongo-data.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";
import { bridgedDirectory } from "../directory-bridge.ts";

describeMongo("the Directory object in workerd", (mongo) => {
  const server = createTestHarness({
    workers: [{ configPath: join(import.meta.dirname, "../bridge.toml") }],
  });
  let bridge = "";
  beforeAll(async () => {
    bridge = (await server.listen()).url.href;
  }, 120_000);
  afterAll(() => server.close());

  directorySuite("MongoDB behind a Durable Object", async ({ unique }) => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    if (unique) await addUniqueIndexes(data.db);
    const [one, two] = [bridgedDirectory(bridge, url), bridgedDirectory(bridge, url)];
    // The object that scans has connected: a test of a scan's bound is of nothing else.
    await one.directory.scanCustomers(() => false, { maxMs: 2_000, maxDocuments: 1 });
    return {
      directory: one.directory,
      other: two.directory,
      put: data.put,
      clear: data.clear,
      documents: data.documents,
      commands: one.commands,
      breakIt: one.breakIt,
      close: async () => void (await Promise.all([one.close(), two.close(), data.close()])),
    };
  });

  describe("a value of BSON's own, there and back,", () => {
    declareBsonGuards(async () => {
      const url = mongo.newUrl();
      return { data: mongo.data(url), directory: bridgedDirectory(bridge, url).directory };
    });
  });

  it("the Directory object in workerd gives every isolate its pass through the customers, one after the other", async () => {
    const url = mongo.newUrl();
    await mongo.data(url).put("customers_v2", [{ id: "c-1", phone: "(98765) 00001" }]);
    const { close, directory } = bridgedDirectory(bridge, url);
    const pass = () => directory.scanCustomers(() => true, { maxMs: 2_000, maxDocuments: 100 });
    const found = await Promise.all([pass(), pass(), pass()]);
    expect(found.map((keys) => keys.length)).toEqual([1, 1, 1]);
    await close();
  });

  it("the Directory object in workerd lets go of its client when nobody asks, and makes another for who asks again", async () => {
    const url = mongo.newUrl();
    const { namespace } = bridgedDirectory(bridge, url);
    const object = namespace.get(namespace.idFromName("directory/0")) as DirectoryRemote & {
      rest(ms: number): Promise<void>;
      clients(): Promise<{ readonly made: number; readonly closed: number }>;
    };
    await object.rest(100);
    expect(await object.ask("findUsers", { ids: ["u-1"] })).toEqual({ ok: true, value: [] });
    await expect.poll(() => object.clients()).toEqual({ made: 1, closed: 1 });
    expect(await object.ask("findUsers", { ids: ["u-1"] })).toEqual({ ok: true, value: [] });
    expect((await object.clients()).made).toBe(2);
  });

  ownershipSuite("MongoDB behind a Durable Object", async () => {
    const url = mongo.newUrl();
    const { breakIt, commands, ownership } = bridgedDirectory(bridge, url);
    return { ownership, put: mongo.data(url).put, commands, breakIt };
  });
});
