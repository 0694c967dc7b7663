import { describe, expect, test } from "vitest";
import type { SessionId, UserId } from "../../../src/core/ids.ts";
import { prepareReview } from "../../../src/flows/sessions/review-sessions.ts";
import { changeUserRecord } from "../../../src/flows/state/change-record.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { customer, user } from "../../cases-extra/people.ts";
import { bearer, call, claimsOf, logIn } from "../../support/gateway/client.ts";
import { compatLogIn } from "../../support/gateway/compat-client.ts";
import { ofStores, recorder } from "../../support/gateway/recorder.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { faults } from "../http/failing-ports.ts";
import { change, documentsOf, remove } from "../linking/sqlite-world.ts";

const PHONE = "9876500001";
const OTHER = "9876500009";
const env = { OTP_SENDS_PER_PHONE: "1000/1h" };
const DOCUMENTS = {
  customers_v2: [customer("c-1", PHONE, { user_id: "u-1" }), customer("c-2", OTHER)],
  users: [user("u-1", { customer_v2_id: "c-1", phone: PHONE })],
};
const newGateway = (documents: TestOptions["documents"] = DOCUMENTS, more: TestOptions = {}) =>
  testGateway({ env, documents, ...more });

/** The sids in the user's record, without the look that would end them. */
async function sessionsOf({ file }: TestGateway): Promise<string[]> {
  const rows = file.sql.all(`SELECT value FROM state WHERE key LIKE '"user/%'`);
  return rows.flatMap(({ value }) =>
    JSON.parse(value as string).record.sessions.map(({ sid }: { sid: string }) => sid),
  );
}

const sidOf = (login: { readonly access_token: string }) =>
  claimsOf(login.access_token)["sid"] as SessionId;

/** What the backend does with a write that the proxy passed on, between the two halves. */
async function writing(gateway: TestGateway, write: () => void, id = "c-1"): Promise<void> {
  const review = await prepareReview(gateway.gateway, id);
  write();
  await review();
}

type Write = [string, (gateway: TestGateway) => void];

const ENDING: readonly Write[] = [
  ["another phone", ({ file }) => change(file, "customers_v2", "c-1", { phone: "9876500002" })],
  ["no phone", ({ file }) => change(file, "customers_v2", "c-1", { phone: "" })],
  ["a stop", ({ file }) => change(file, "customers_v2", "c-1", { status: "stopped" })],
  ["a status nobody knows", ({ file }) => change(file, "customers_v2", "c-1", { status: "gone" })],
  ["a link to another user", ({ file }) => change(file, "customers_v2", "c-1", { user_id: "u-2" })],
  ["another id", ({ file }) => change(file, "customers_v2", "c-1", { id: "c-9" })],
  ["a deletion", ({ file }) => remove(file, "customers_v2", "c-1")],
];

const KEEPING: readonly Write[] = [
  ["a pause", ({ file }) => change(file, "customers_v2", "c-1", { status: "paused" })],
  [
    "no link, which is put back,",
    ({ file }) => change(file, "customers_v2", "c-1", { user_id: null }),
  ],
  ["a trial", ({ file }) => change(file, "customers_v2", "c-1", { status: "trial" })],
  [
    "another address",
    ({ file }) => change(file, "customers_v2", "c-1", { address: "1 Ring Road" }),
  ],
  [
    "another spelling of the phone",
    ({ file }) => change(file, "customers_v2", "c-1", { phone: `+91 ${PHONE}` }),
  ],
];

describe("a write through the proxy that brings the customer", () => {
  test.each(ENDING)(
    "a write through the proxy that brings the customer: %s ends every session of theirs, audited",
    async (_, write) => {
      const gateway = await newGateway();
      const logins = [
        (await logIn(gateway, PHONE)).body,
        (await logIn(gateway, PHONE)).body,
        (await compatLogIn(gateway, PHONE)).body,
      ];
      const neighbour = (await logIn(gateway, OTHER)).body;
      await writing(gateway, () => write(gateway));
      expect(await sessionsOf(gateway)).toEqual([sidOf(neighbour)]);
      for (const login of logins) {
        const ended = gateway.lines.filter(
          (line) => line.includes('"session.ended"') && line.includes(sidOf(login)),
        );
        expect(ended).toHaveLength(1);
      }
      const me = await call(gateway, "GET", "/auth/me", undefined, bearer(neighbour.access_token));
      expect(me.status).toBe(200);
    },
  );

  test.each(KEEPING)(
    "a write through the proxy that brings the customer: %s ends none",
    async (_, write) => {
      const gateway = await newGateway();
      const login = (await logIn(gateway, PHONE)).body;
      await writing(gateway, () => write(gateway));
      expect(await sessionsOf(gateway)).toEqual([sidOf(login)]);
    },
  );

  test("a write through the proxy that brings the customer nothing, because it was refused, ends none", async () => {
    const gateway = await newGateway();
    const login = (await logIn(gateway, PHONE)).body;
    await prepareReview(gateway.gateway, "c-1");
    expect(await sessionsOf(gateway)).toEqual([sidOf(login)]);
  });
});

describe("the users of a customer are found", () => {
  test("the users of a customer are found where the user was made by a login, and a migration wiped the link on both sides", async () => {
    const gateway = await newGateway({ customers_v2: [customer("c-1", PHONE)] });
    const { user: made } = (await logIn(gateway, PHONE)).body;
    // U* is known without any link.
    change(gateway.file, "customers_v2", "c-1", { user_id: null });
    change(gateway.file, "users", made.id, { customer_v2_id: null });
    await writing(gateway, () => change(gateway.file, "customers_v2", "c-1", { phone: OTHER }));
    expect(await sessionsOf(gateway)).toEqual([]);
  });

  test("the users of a customer are found by the 24-hex _id that a backfill wrote", async () => {
    const gateway = await newGateway();
    await logIn(gateway, PHONE);
    const [document = {}] = documentsOf(gateway.file).users;
    const { $oid } = document["_id"] as { readonly $oid: string };
    change(gateway.file, "customers_v2", "c-1", { user_id: $oid });
    change(gateway.file, "users", "u-1", { customer_v2_id: null });
    await writing(gateway, () => change(gateway.file, "customers_v2", "c-1", { phone: OTHER }));
    expect(await sessionsOf(gateway)).toEqual([]);
  });

  test("the users of a customer are found although the document is gone by now: their sessions are not", async () => {
    const gateway = await newGateway();
    await logIn(gateway, PHONE);
    remove(gateway.file, "users", "u-1");
    await writing(gateway, () => undefined);
    expect(await sessionsOf(gateway)).toEqual([]);
  });

  test("of a user with sessions of several customers only the customer's own are reviewed", async () => {
    const gateway = await newGateway();
    const login = (await logIn(gateway, PHONE)).body;
    const key = await gateway.gateway.keyring.userKey("u-1" as UserId);
    await changeUserRecord(gateway.gateway, key, (record) => ({
      record: {
        ...record,
        sessions: record.sessions.map((session) => ({ ...session, customerId: "c-7" as never })),
      },
      outcome: { ok: true, value: undefined } as const,
    }));
    await writing(gateway, () => remove(gateway.file, "customers_v2", "c-1"));
    expect(await sessionsOf(gateway)).toEqual([sidOf(login)]);
  });
});

describe("an id that can be nobody's asks nothing", () => {
  const HOSTILE = {
    "an empty one": "",
    "one of a megabyte": "c".repeat(1024 * 1024),
    "one with a NUL": "c-1\u0000",
    "one with a line break": "c-1\n",
    "half a character": "\ud800",
    "an operator": { $ne: null },
    "a list": ["c-1"],
    null: null,
  };
  test.each(Object.entries(HOSTILE))(
    "an id that can be nobody's asks nothing: %s",
    async (_, id) => {
      const ports = recorder();
      const gateway = await newGateway(DOCUMENTS, ports.options);
      const review = await prepareReview(gateway.gateway, id as string);
      await review();
      expect(ofStores(ports.take())).toEqual([]);
    },
  );

  test.each(["$ne", "__proto__", "c-1' OR '1'='1", "../c-1", "C-1", " c-1"])(
    "%j is the id of no customer, and ends no session",
    async (id) => {
      const gateway = await newGateway();
      const login = (await logIn(gateway, PHONE)).body;
      await writing(
        gateway,
        () => change(gateway.file, "customers_v2", "c-1", { status: "stopped" }),
        id,
      );
      expect(await sessionsOf(gateway)).toEqual([sidOf(login)]);
    },
  );
});

test("a customer without sessions costs two commands before the write and a read for each user and for the id itself after", async () => {
  const ports = recorder();
  const gateway = await newGateway(DOCUMENTS, ports.options);
  const asked = () => ofStores(ports.take()).map(({ method, port }) => `${port}.${method}`);
  const review = await prepareReview(gateway.gateway, "c-1");
  expect(asked()).toEqual(["directory.findCustomers", "directory.findUsers"]);
  await review();
  expect(asked()).toEqual(["state.read", "state.read", "state.read"]);
});

test("a review that a store cuts short throws, and may be run again", async () => {
  const ports = faults();
  const gateway = await newGateway(DOCUMENTS, ports.options);
  await logIn(gateway, PHONE);
  const review = await prepareReview(gateway.gateway, "c-1");
  change(gateway.file, "customers_v2", "c-1", { status: "stopped" });
  ports.failOn((port) => port === "directory");
  await expect(review()).rejects.toThrow(AdapterError);
  ports.heal();
  await review();
  expect(await sessionsOf(gateway)).toEqual([]);
});
