import { expect, test } from "vitest";
import type { StoredDocument } from "../../../src/core/linking/documents.ts";
import { RECORDS } from "../../../src/http/routes/admin/records-operation.ts";
import { user } from "../../cases-extra/people.ts";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import { bearer, call } from "../../support/gateway/client.ts";
import { commandsOnMongo } from "../../support/runs/command-world.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

const RUN = { id: "2026-11-28-140112-3f9a1c", operator: "thief on laptop" };

describeMongo("the holder of ADMIN_TOKEN, with ADMIN_RECORDS=on, on MongoDB,", (mongo) => {
  const open = async () => {
    const store = await commandsOnMongo(mongo)({
      customers_v2: [],
      users: [user("u-1", { phone: "9876500001" }), user("u-2", { phone: "9876500002" })],
    });
    const gateway = await store.gateway({ ADMIN_TOKEN, ADMIN_RECORDS: "on" });
    const { directory } = gateway.gateway;
    return {
      gateway,
      async read(id: string): Promise<StoredDocument> {
        const [found] = await directory.findUsers({ ids: [id] });
        if (found === undefined) throw new Error(`no ${id}`);
        const { name, phone, role } = found.fields;
        return { ...found, fields: { id, name, phone, role } };
      },
      async change(
        ...writes: readonly { readonly read: StoredDocument; readonly set: object }[]
      ): Promise<readonly string[]> {
        const asked = writes.map(({ read, set }) => ({
          read,
          guards: ["name"],
          change: { set, unset: [] },
        }));
        const calls = [{ call: "change", collection: "users", writes: asked }];
        const body = { run: RUN, calls };
        const path = `/auth/admin/${RECORDS.name}`;
        const answer = await call(gateway, "POST", path, body, bearer(ADMIN_TOKEN));
        return answer.body.answers[0].outcomes;
      },
    };
  };

  test("hides no write behind a lost one by another spelling of the record's key", async () => {
    const { change, gateway, read } = await open();
    const [first, second] = [await read("u-1"), await read("u-2")];
    const spelt = { ...first, key: ` ${first.key}` as StoredDocument["key"] };
    const lost = { ...second, fields: { ...second.fields, name: "not so" } };
    const phone = "9876500009";
    await change({ read: spelt, set: { phone } }, { read: lost, set: { phone } });
    expect((await read("u-1")).fields["phone"]).toBe(phone);
    const lines = gateway.lines.filter((line) => line.includes("record.written"));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { user_id: "u-1", detail: "phone (not confirmed)" },
      { user_id: "u-2", detail: "phone (not confirmed)" },
    ]);
  });

  test("writes no object in the form of a value that the store does not read", async () => {
    const { change, read } = await open();
    for (const name of [
      { $oid: "0123456789abcdef01234567" },
      { $numberInt: "1" },
      { $date: "rubbish" },
      { $numberDecimal: "rubbish" },
      { $numberDecimal: "NaN" },
    ]) {
      const one = await read("u-1");
      expect(await change({ read: one, set: { name } }), JSON.stringify(name)).toEqual([
        "forbidden",
      ]);
    }
    const one = await read("u-1");
    expect(await change({ read: one, set: { name: { $numberDecimal: "7" } } })).toEqual([
      "applied",
    ]);
  });
});
