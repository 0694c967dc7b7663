import { describe, expect, test } from "vitest";
import { loggedName } from "../../../src/cli/remote/remote-records.ts";
import { RECORDS } from "../../../src/http/routes/admin/records-operation.ts";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import { bearer, call } from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";

const PHONE = "9876500001";
const RUN = { id: "2026-11-28-140112-3f9a1c", operator: "asha on office", reason: "cut-over" };
const documents = {
  customers_v2: [customer("c-1", PHONE, { previous_balance: 10 })],
  users: [
    user("u-1", { phone: PHONE, password_hash: HASH, customer_v2_id: "c-1" }),
    user("boss", { role: "admin", phone: "9876500002", password_hash: HASH }),
  ],
};

const open = async (env: Readonly<Record<string, string>> = { ADMIN_RECORDS: "on" }) => {
  const gateway = await testGateway({ documents, env: { ADMIN_TOKEN, ...env } });
  const ask = (body: object, token = ADMIN_TOKEN) =>
    call(gateway, "POST", `/auth/admin/${RECORDS.name}`, body, bearer(token));
  const answers = async (...calls: readonly object[]) =>
    (await ask({ run: RUN, calls })).body.answers as readonly {
      readonly documents?: readonly Read[];
      readonly outcomes?: readonly string[];
    }[];
  const read = async (id: string): Promise<Read> => {
    const users = await gateway.gateway.directory.findUsers({ ids: [id] });
    const [found] = [...users, ...(await gateway.gateway.directory.findCustomers({ ids: [id] }))];
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  return { gateway, ask, answers, read };
};

interface Read {
  readonly key: string;
  readonly objectId: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly idShared: boolean;
}

const change = (
  collection: string,
  read: Read,
  set: object,
  unset: readonly string[] = [],
): object => ({
  call: "change",
  collection,
  writes: [{ read, guards: [], change: { set, unset } }],
});

describe("/auth/admin/records", () => {
  test.each([{}, { ADMIN_RECORDS: "off" }])(
    "without ADMIN_RECORDS=on the records do not exist for the operator's token: %j",
    async (env) => {
      const { ask } = await open(env);
      expectProblem(await ask({ calls: [{ call: "about" }] }), 404, "not-found");
    },
  );

  test("another token is refused, before a record is read", async () => {
    const { ask } = await open();
    const answer = await ask({ calls: [{ call: "about" }] }, `${ADMIN_TOKEN}x`);
    expectProblem(answer, 401, "token-invalid");
  });

  test("no write gives a record a role, an id, a state or a balance", async () => {
    const { answers, read } = await open();
    const [u, c] = [await read("u-1"), await read("c-1")];
    const refused = await answers(
      change("users", u, { role: "admin" }),
      change("users", u, { id: "boss" }),
      change("users", u, { phone: "9876500009", is_active: false }),
      change("users", u, {}, ["role"]),
      change("customers_v2", c, { previous_balance: -500 }),
      change("customers_v2", c, { id: "c-2" }),
      change("customers_v2", c, { status: "active", user_id: "u-1" }),
    );
    expect(refused.map(({ outcomes }) => outcomes)).toEqual(Array(7).fill(["forbidden"]));
    expect([await read("u-1"), await read("c-1")]).toEqual([u, c]);
  });

  test("no write touches a record of staff, not even one that is said to be a customer's", async () => {
    const { answers, read } = await open();
    const boss = await read("boss");
    const posed = { ...boss, fields: { ...boss.fields, role: "customer" } };
    const [open_, disguised] = await answers(
      change("users", boss, { phone: PHONE }),
      change("users", posed, { phone: PHONE }),
    );
    expect([open_?.outcomes, disguised?.outcomes]).toEqual([["forbidden"], ["lost"]]);
    expect(await read("boss")).toEqual(boss);
  });

  test("no document is inserted or removed but those that the commands make", async () => {
    const { answers, read } = await open();
    const [u, c] = [await read("u-1"), await read("c-1")];
    const object_id = "0123456789abcdef01234567";
    const fields = { id: "u-9", role: "customer", created_by: "doorstep", customer_v2_id: "c-1" };
    const refused = await answers(
      { call: "insert", collection: "users", object_id, fields },
      { call: "insert", collection: "users", object_id, fields: { ...fields, role: "admin" } },
      {
        call: "insert",
        collection: "customers_v2",
        object_id,
        fields: { id: "c-9", user_id: "u-1" },
      },
      { call: "remove", collection: "users", read: u },
      { call: "remove", collection: "customers_v2", read: c },
    );
    expect(refused.map(({ outcomes }) => outcomes)).toEqual(Array(5).fill(["forbidden"]));
    expect([await read("u-1"), await read("c-1")]).toEqual([u, c]);
  });

  test("a write without a run is made for no one, and ends no session", async () => {
    const { ask, read } = await open();
    const u = await read("u-1");
    const calls = [
      change("users", u, { phone: "9876500009" }),
      { call: "end-sessions", user_id: "u-1" },
    ];
    const { body } = await ask({ calls });
    expect(body.answers).toEqual([{ outcomes: ["forbidden"] }, { outcomes: ["forbidden"] }]);
    expect(await read("u-1")).toEqual(u);
  });

  test("every write is audited with who, why and the run, and without a phone", async () => {
    const { answers, gateway, read } = await open();
    const [done] = await answers(
      change("users", await read("u-1"), { phone: "9876500009", updated_at: "now" }),
    );
    expect(done?.outcomes).toEqual(["applied"]);
    const lines = gateway.lines.filter((line) => line.includes("record.written"));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        event: "audit",
        by: "operator",
        operator: RUN.operator,
        run_id: RUN.id,
        reason: RUN.reason,
        user_id: "u-1",
        detail: "phone",
      },
    ]);
    expect(gateway.lines.join("")).not.toContain("98765000");
  });

  test("a write whose answer is lost is audited as not confirmed: a write that fails hides no other one", async () => {
    const { ask, gateway, read } = await open();
    const { directory } = gateway.gateway;
    const { changeMany } = directory;
    Object.assign(directory, {
      changeMany: async (...given: Parameters<typeof changeMany>) => {
        await changeMany(...given);
        throw new Error("the second write of the command was refused");
      },
    });
    const calls = [change("users", await read("u-1"), { phone: "9876500009" })];
    expect((await ask({ run: RUN, calls })).status).toBe(500);
    expect((await read("u-1")).fields["phone"]).toBe("9876500009");
    const lines = gateway.lines.filter((line) => line.includes("record.written"));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { operator: RUN.operator, user_id: "u-1", detail: "phone (not confirmed)" },
    ]);
  });

  test("a customer's password is shown for an undo, and no password of staff", async () => {
    const { answers } = await open();
    const [page, found] = await answers(
      { call: "page", collection: "users", after: null, limit: 10 },
      { call: "find-users", query: { ids: ["boss"] } },
    );
    const shown = [...(page?.documents ?? []), ...(found?.documents ?? [])];
    const hashes = shown.map(({ fields }) => [fields["id"], fields["password_hash"] ?? null]);
    expect(hashes).toEqual(
      expect.arrayContaining([
        ["u-1", HASH],
        ["boss", null],
      ]),
    );
    expect(hashes).not.toContainEqual(["boss", HASH]);
  });

  test("an operator is named by account and machine, and a machine by its address", async () => {
    const { ask } = await open();
    for (const by of ["root on ip-172-31-45-123", "asha@corp on 12345678901", "आशा on office"]) {
      const run = { ...RUN, operator: loggedName(by) };
      expect((await ask({ run, calls: [{ call: "about" }] })).status).toBe(200);
    }
    const run = { ...RUN, operator: "asha@corp on office" };
    expect((await ask({ run, calls: [{ call: "about" }] })).status).toBe(422);
  });

  const page = { call: "page", collection: "users", after: null, limit: 10 };

  test.each([
    ["a phone for its name", { run: { ...RUN, operator: "9876500001" }, calls: [] }],
    ["an e-mail for its reason", { run: { ...RUN, reason: "asha@example.com" }, calls: [] }],
    ["a run of another form", { run: { ...RUN, id: "../../etc" }, calls: [] }],
    [
      "an operator for a filter",
      { calls: [{ call: "find-users", query: { ids: [{ $ne: null }] } }] },
    ],
    ["another collection", { calls: [{ ...page, collection: "orders" }] }],
    ["too large a page", { calls: [{ ...page, limit: 5000 }] }],
    ["too many calls", { calls: Array(33).fill({ call: "about" }) }],
  ])("%s is refused", async (_, body) => {
    const { ask } = await open();
    expect(await ask(body)).toMatchObject({ status: 422, body: { code: "validation-failed" } });
  });

  test("a body of more than two megabytes is refused", async () => {
    const { ask } = await open();
    expectProblem(await ask({ calls: [], more: "x".repeat(2 ** 21) }), 413, "payload-too-large");
  });
});
