import { expect, it } from "vitest";
import { mongoDirectory } from "../../../src/adapters/mongo/directory.ts";
import type { StoredDocument } from "../../../src/core/linking/documents.ts";
import type { Directory } from "../../../src/ports/directory.ts";
import { commandsOf, describeMongo, type MongoSuite } from "../../support/stores/mongo-suite.ts";
import { type TcpRelay, tcpRelay } from "../../support/stores/tcp-relay.ts";
import { hex, oid, readOne } from "../directory/directory-instance.ts";
import { expectUnavailable } from "../state/promise.ts";

const RECOVERY_MS = 5000;
const PATIENT = 60_000;
const clock = { now: Date.now };

/** A directory behind a relay, with one user and one customer in it. */
async function behindRelay(mongo: MongoSuite) {
  const url = mongo.newUrl();
  const data = mongo.data(url);
  await data.put("users", [{ _id: oid(1), id: "u-1" }]);
  await data.put("customers_v2", [{ _id: oid(1), id: "c-1", phone: "9876500001" }]);
  const relay = await tcpRelay(Number(new URL(mongo.server.url).port));
  const store = mongo.connect(url.replace(/:\d+\//, `:${relay.port}/`));
  return { data, directory: mongoDirectory(store, clock), relay, store };
}

const callsOf = (directory: Directory, user: StoredDocument, customer: StoredDocument) => ({
  findUsers: () => directory.findUsers({ ids: ["u-1"] }),
  findCustomers: () => directory.findCustomers({ phones: ["9876500001"] }),
  changeUser: () => directory.changeUser(user, [], { set: { name: "Asha" } }),
  changeCustomer: () => directory.changeCustomer(customer, [], { set: { name: "Asha" } }),
  insertUser: () => directory.insertUser(hex(9), { id: "u-9" }),
  scanCustomers: () => directory.scanCustomers(() => true, { maxMs: 2000, maxDocuments: 9 }),
  check: () => directory.check(),
});

/** How long it takes until a look-up works again. */
async function recovery(directory: Directory): Promise<number> {
  const started = performance.now();
  const works = () =>
    directory.findUsers({ ids: ["u-1"] }).then(
      (found) => found.length,
      () => 0,
    );
  await expect.poll(works, { timeout: 20_000, interval: 50 }).toBe(1);
  return performance.now() - started;
}

const FAULTS: Readonly<Record<string, (relay: TcpRelay) => Promise<void> | void>> = {
  "refuses connections": (relay) => relay.refuse(),
  "cuts connections": (relay) => relay.cut(),
  "stands still": (relay) => relay.stall(),
  "hears and does not answer": (relay) => relay.mute(),
};

describeMongo("MongoDB behind a broken network", (mongo) => {
  for (const [what, strike] of Object.entries(FAULTS)) {
    it(
      `MongoDB behind a broken network says \`unavailable\` within 3 s to a hundred callers while it ${what}, and is back within 5 s`,
      async () => {
        const { directory, relay } = await behindRelay(mongo);
        const user = await readOne(directory, "users", "u-1");
        const customer = await readOne(directory, "customers_v2", "c-1");
        await strike(relay);
        const calls = Object.entries(callsOf(directory, user, customer));
        const crowd = Array.from({ length: 100 }, (_, n) => [`${n}`, calls[0]?.[1]] as const);
        await Promise.all(
          [...calls, ...crowd].map(async ([name, ask]) => {
            if (ask !== undefined) await expectUnavailable({ [name]: ask });
          }),
        );
        await relay.resume();
        expect(await recovery(directory)).toBeLessThan(RECOVERY_MS);
        await directory.check();
        await relay.close();
      },
      PATIENT,
    );

    it(
      `MongoDB behind a broken network serves when the server comes, if at first it ${what}`,
      async () => {
        const { directory, relay } = await behindRelay(mongo);
        await strike(relay);
        await expectUnavailable({ check: () => directory.check() });
        await relay.resume();
        expect(await recovery(directory)).toBeLessThan(RECOVERY_MS);
        await relay.close();
      },
      PATIENT,
    );
  }

  it("MongoDB behind a broken network takes a change whose answer was lost for applied when it is asked for again", async () => {
    const { data, directory, relay } = await behindRelay(mongo);
    const read = await readOne(directory, "users", "u-1");
    const change = { set: { customer_v2_id: "c-1", updated_at: "2026-11-22T08:00:00.123Z" } };
    const again = () => directory.changeUser(read, ["customer_v2_id", "name"], change);
    relay.mute();
    await expectUnavailable({ again });
    const written = { _id: oid(1), id: "u-1", ...change.set };
    await expect.poll(() => data.documents("users")).toEqual([written]);
    await relay.resume();
    await recovery(directory);
    expect(await again()).toBe("applied");
    expect(await data.documents("users")).toEqual([written]);
    await data.put("users", [{ ...written, name: "Asha" }]);
    expect(await again(), "another guard no longer holds").toBe("lost");
    await relay.close();
  });

  it("MongoDB behind a broken network says `duplicate-key` of an insert whose answer was lost", async () => {
    const { data, directory, relay } = await behindRelay(mongo);
    await readOne(directory, "users", "u-1");
    relay.mute();
    await expectUnavailable({ insert: () => directory.insertUser(hex(2), { id: "u-2" }) });
    await expect.poll(() => data.documents("users")).toHaveLength(2);
    await relay.resume();
    await recovery(directory);
    expect(await directory.insertUser(hex(2), { id: "u-2" })).toBe("duplicate-key");
    await relay.close();
  });

  it("MongoDB behind a broken network reads again by itself when one connection breaks", async () => {
    const { directory, relay, store } = await behindRelay(mongo);
    await readOne(directory, "users", "u-1");
    const commands = commandsOf(store);
    relay.cut();
    await relay.resume();
    expect(await directory.findUsers({ ids: ["u-1"] })).toHaveLength(1);
    expect(commands.length).toBeLessThanOrEqual(2);
    await relay.close();
  });

  it("MongoDB behind a broken network says that a closed store is unavailable, twice closed or not", async () => {
    const { directory, relay, store } = await behindRelay(mongo);
    await store.close();
    await store.close();
    await expectUnavailable({ check: () => directory.check() });
    await relay.close();
  });
});
