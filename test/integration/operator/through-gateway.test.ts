import { describe, expect, test } from "vitest";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import { commandsOnSqlite, runOf, throughGateway } from "../../support/runs/command-world.ts";

const PHONE = "9876500001";
const documents = {
  customers_v2: [customer("c-1", PHONE)],
  users: [
    user("u-1", { phone: PHONE, customer_v2_id: "c-1" }),
    user("boss", { role: "admin", phone: "9876500002" }),
  ],
};

describe("the commands for the data, with --gateway", () => {
  test("a gateway that shows no records says what it lacks", async () => {
    const store = await commandsOnSqlite(documents);
    const gateway = await store.gateway({ ADMIN_TOKEN });
    const world = await throughGateway(async () => ({ ...store, gateway: async () => gateway }))(
      documents,
    );
    const { code, err } = await world.run("audit");
    expect([code, err]).toEqual([2, expect.stringContaining("without ADMIN_RECORDS=on")]);
  });

  test("a run says how it is taken back, with the gateway that it went through", async () => {
    const world = await throughGateway(commandsOnSqlite)({
      customers_v2: [customer("c-1", "98765 00001")],
      users: [],
    });
    const { err } = await world.run("normalize", "--apply", "--yes", "--runs", world.runs);
    const [, hint = ""] = /^Run .*To take it back: doorstep (.*)$/m.exec(err) ?? [];
    expect(hint).toMatch(/^undo \S+ --gateway http:\S+ --runs \S+$/);
    const [command = "", id = "", , , ...folder] = hint.split(" ");
    expect((await world.run(command, id, ...folder, "--apply", "--yes")).code).toBe(0);
    expect(await world.one("customers_v2", "c-1")).toMatchObject({ phone: "98765 00001" });
  });

  test.each([null, "", 7])(
    "`close-passwords` is undone where a record has %j beside its hash",
    async (password) => {
      const fields = { phone: PHONE, customer_v2_id: "c-1", password_hash: HASH, password };
      const world = await throughGateway(commandsOnSqlite)({
        customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
        users: [user("u-1", fields)],
      });
      const before = await world.documents("users");
      const APPLY = ["--apply", "--yes", "--runs", world.runs];
      const closed = await world.run("close-passwords", ...APPLY);
      expect(await world.one("users", "u-1")).not.toHaveProperty("password");
      const { out } = await world.run("undo", runOf(closed), ...APPLY);
      expect(out).toBe("restored 1 document\n");
      expect(await world.documents("users")).toEqual(before);
    },
  );

  test("an undo leaves and tells a record that the gateway must not restore, and restores the others", async () => {
    const tied = (n: number, name: unknown) => [
      customer(`c-${n}`, `987650000${n}`, { user_id: `u-${n}`, name: `Asha ${n}` }),
      user(`u-${n}`, { phone: `987650000${n}`, customer_v2_id: `c-${n}`, name }),
    ];
    const [c1, u1] = tied(1, ["a list that the old app wrote"]) as [object, object];
    const [c2, u2] = tied(2, "Asha of old") as [object, object];
    const world = await throughGateway(commandsOnSqlite)({
      customers_v2: [c1, c2] as never,
      users: [u1, u2] as never,
    });
    const APPLY = ["--apply", "--yes", "--runs", world.runs];
    const synced = await world.run("sync", ...APPLY);
    expect(await world.one("users", "u-1")).toMatchObject({ name: "Asha 1" });
    const { err, out } = await world.run("undo", runOf(synced), ...APPLY);
    expect(out).toMatch(/^restored 1 document\n/);
    expect(err + out).toContain("1 refused: the gateway makes such a write");
    expect(err + out).toContain("u-1");
    expect(await world.one("users", "u-1")).toMatchObject({ name: "Asha 1" });
    expect(await world.one("users", "u-2")).toMatchObject({ name: "Asha of old" });
  });

  test("a run whose gateway died between a write and its answer ends with 3, and is undone to the last field", async () => {
    const store = await commandsOnSqlite({
      customers_v2: [customer("c-1", PHONE), customer("c-2", "98765 00002")],
      users: [user("u-1", { phone: PHONE, customer_v2_id: "c-1" })],
    });
    const before = [await store.documents("users"), await store.documents("customers_v2")];
    let dies = true;
    const dying = async (env?: Readonly<Record<string, string>>) => {
      const gateway = await store.gateway(env);
      const fetch = async (request: Request) => {
        const isWrite = (await request.clone().text()).includes('"call":"change"');
        const answer = await gateway.app.fetch(request);
        if (!isWrite || !dies) return answer;
        dies = false;
        return new Response("bad gateway", { status: 502 });
      };
      return { ...gateway, app: { fetch } } as typeof gateway;
    };
    const world = await throughGateway(async () => ({ ...store, gateway: dying }))({
      customers_v2: [],
      users: [],
    });
    const died = await world.run("link", "--apply", "--yes", "--runs", world.runs);
    expect([died.code, died.err]).toEqual([3, expect.stringContaining("answers 502")]);
    expect(await store.documents("users")).not.toEqual(before[0]);
    const undone = await world.run("undo", runOf(died), "--apply", "--yes", "--runs", world.runs);
    expect([undone.code, undone.out]).toEqual([0, "restored 1 document\n"]);
    expect([await store.documents("users"), await store.documents("customers_v2")]).toEqual(before);
  });

  test("two operators who link at once write each link once, and the second run has nothing to take back", async () => {
    const world = await throughGateway(commandsOnSqlite)({
      customers_v2: [customer("c-1", PHONE)],
      users: [user("u-1", { phone: PHONE, customer_v2_id: "c-1" })],
    });
    const folder = ["--runs", world.runs];
    let first = "";
    const second = await world.answering(
      async (question) => {
        first = runOf(await world.run("link", "--apply", "--yes", ...folder));
        return /name (\S+) /.exec(question)?.[1] ?? "";
      },
      ...["link", "--apply", ...folder],
    );
    expect([second.code, second.out]).toEqual([0, expect.stringContaining("linked by id  0")]);
    const ofSecond = await world.run(
      "undo",
      /Run (\S+)\. To/.exec(second.err)?.[1] ?? "",
      ...folder,
    );
    expect([ofSecond.code, ofSecond.out]).toEqual([0, "would restore 0 documents\n"]);
    const ofFirst = await world.run("undo", first, ...folder, "--apply", "--yes");
    expect([ofFirst.code, ofFirst.out]).toEqual([0, "restored 2 documents\n"]);
  });

  test("a command waits where the gateway's limit asks to, and then goes on", async () => {
    const store = await commandsOnSqlite(documents);
    let refusals = 0;
    const limited = async (env?: Readonly<Record<string, string>>) => {
      const gateway = await store.gateway(env);
      return {
        ...gateway,
        app: {
          fetch: (request: Request) => {
            if (refusals++ % 4 !== 1) return gateway.app.fetch(request);
            const headers = { "Retry-After": "0", "Content-Type": "application/problem+json" };
            const body = JSON.stringify({ code: "rate-limited" });
            return new Response(body, { status: 429, headers });
          },
        },
      } as typeof gateway;
    };
    const world = await throughGateway(async () => ({ ...store, gateway: limited }))(documents);
    const { code, err, out } = await world.run("export", "--unified");
    expect([code, err]).toEqual([0, expect.stringContaining("The gateway asks to wait 1 s.")]);
    expect(out.split("\n").filter(Boolean)).toHaveLength(1);
  });
});
