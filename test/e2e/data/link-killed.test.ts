import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { logInAt } from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  NODE,
  runDoorstep,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { sharedLinks, staffFaults, tokenFaults } from "../../support/linking/invariants.ts";
import type { LegacyState } from "../../support/linking/legacy-ids.ts";

/** `npm run drill` kills ten times among more customers. */
const KILLS = Number(process.env["DRILL_KILLS"] ?? 2);
const CUSTOMERS = Number(process.env["DRILL_CUSTOMERS"] ?? 1_500);
const LOGINS = KILLS * 5;
const LINK = ["link", "--apply", "--yes", "--json"];
const ROOT = join(import.meta.dirname, "../../..");

const phoneOf = (n: number): string => `98${String(n).padStart(8, "0")}`;

/** The states of customers and their users, of which `link` takes the first three. */
const STATES: readonly ((n: number) => readonly [customer: object, user: object | null])[] = [
  (n) => [{}, { id: `c-${n}`, phone: phoneOf(n), email: `${phoneOf(n)}@customer.earlybird.com` }],
  (n) => [{}, { phone: phoneOf(n), customer_v2_id: `c-${n}` }],
  (n) => [{ user_id: `u-${n}` }, { phone: phoneOf(n), customer_v2_id: `c-${n}` }],
  (n) => [{}, { phone: phoneOf(n + 5_000_000), customer_v2_id: `c-${n}` }],
  (n) => [{}, { phone: phoneOf(n), name: "Asha S Rao" }],
  () => [{}, null],
];
const CONTRADICTS = 3;

function fill(folder: string): void {
  const file = openFile(folder);
  const put = { users: insertion(file, "users"), customers_v2: insertion(file, "customers_v2") };
  const key = (n: number) => JSON.stringify({ $oid: n.toString(16).padStart(24, "0") });
  file.exec("BEGIN; DELETE FROM users; DELETE FROM customers_v2");
  put.users(key(9_000_000), { ...user("staff"), role: "delivery_boy", phone: phoneOf(0) });
  for (let n = 0; n < CUSTOMERS; n++) {
    const [changes, its] = STATES[n % STATES.length]?.(n) ?? [{}, null];
    put.customers_v2(key(n), { ...customer(`c-${n}`, phoneOf(n)), ...changes });
    if (its !== null) put.users(key(1_000_000 + n), { ...user(`u-${n}`), ...its });
  }
  file.exec("COMMIT");
  file.close();
}

const openFile = (folder: string) => new DatabaseSync(join(folder, ".data/doorstep.db"));

function insertion(file: DatabaseSync, collection: string) {
  const statement = file.prepare(`INSERT INTO ${collection} (key, doc) VALUES (?, ?)`);
  return (key: string, fields: object) => void statement.run(key, JSON.stringify(fields));
}

function documentsOf(folder: string): LegacyState {
  const file = openFile(folder);
  const all = (collection: string) =>
    file
      .prepare(`SELECT key, doc FROM ${collection} ORDER BY key`)
      .all()
      .map(({ doc, key }) => ({ _id: JSON.parse(String(key)), ...JSON.parse(String(doc)) }));
  const state = { users: all("users"), customers_v2: all("customers_v2") };
  file.close();
  return state;
}

/** Without the times of the writes; the order of fields says nothing. */
const timeless = ({ customers_v2, users }: LegacyState) =>
  [...users, ...customers_v2].map((document) =>
    JSON.stringify(
      Object.entries(document)
        .filter(([name]) => name !== "updated_at" && name !== "created_at")
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );

const SQL = "SELECT count(*) AS n FROM users WHERE doc->>'$.doorstep_customer_id' IS NOT NULL";

/** Begins `link`, and kills it when it has written some more. @returns whether it still ran */
async function killed(folder: string, file: DatabaseSync, more: number): Promise<boolean> {
  const count = () => Number(file.prepare(SQL).get()?.["n"]);
  const before = count();
  const child = spawn(NODE, [join(ROOT, "src/cli/doorstep.ts"), ...LINK], {
    cwd: folder,
    env: {},
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  while (child.exitCode === null && count() < before + more) await sleep(25);
  await sleep(Math.random() * 20);
  child.kill("SIGKILL");
  const [, signal] = await ended;
  return signal === "SIGKILL";
}

/** As a person does: where the store of a loaded machine is slow, the second try comes later. */
async function patientLogin(gateway: GatewayProcess, phone: string) {
  for (let tries = 1; ; tries++) {
    try {
      return await logInAt(gateway, phone);
    } catch (error) {
      if (tries === 3 || !String(error).includes("store-unavailable")) throw error;
      console.log("a login was told to come again");
      await sleep(1_000);
    }
  }
}

/** Logs in spread over all customers, and over all states but the contradiction. */
async function loginsAt(gateway: GatewayProcess, wait: () => Promise<void>) {
  const tokens = [];
  for (let n = 0; n < LOGINS; n++) {
    const at = Math.floor((n * CUSTOMERS) / LOGINS) + (n % STATES.length);
    const chosen = at % STATES.length === CONTRADICTS ? at + 1 : at;
    const body = await patientLogin(gateway, phoneOf(chosen));
    tokens.push({ userId: String(body.user.id), customerId: `c-${chosen}` });
    await wait();
  }
  return tokens;
}

/** A gateway on the same customers as every other. */
async function open(): Promise<GatewayProcess> {
  const gateway = await startGateway(temporaryFolder());
  fill(gateway.folder);
  return gateway;
}

describe("`doorstep link`, killed again and again beside live logins", () => {
  it("a link that is killed at random and begun again ends as one that nobody disturbed", async () => {
    const [disturbed, calm] = [await open(), await open()];
    const { folder } = disturbed;
    const start = documentsOf(folder);
    const file = openFile(folder);
    let isOver = false;
    const logins = loginsAt(disturbed, () => sleep(isOver ? 0 : 100));
    const toWrite = CUSTOMERS / 2;
    let kills = 0;
    for (let n = 0; n < KILLS; n++) {
      const more = 1 + Math.random() * (toWrite / (KILLS + 1));
      if (await killed(folder, file, more)) kills++;
    }
    isOver = true;
    const issued = await logins;
    file.close();
    expect(kills, "each run was killed before its end").toBe(KILLS);
    const last = await runDoorstep(LINK, folder);
    expect(JSON.parse(last.stdout)).toMatchObject({ applied: true, changed: 0, refused: 0 });
    expect((await runDoorstep(LINK, calm.folder)).code).toBe(0);
    const undisturbed = await loginsAt(calm, async () => undefined);

    const end = documentsOf(folder);
    expect(issued).toEqual(undisturbed);
    expect(timeless(end)).toEqual(timeless(documentsOf(calm.folder)));
    const faults = [
      ...tokenFaults(end, issued),
      ...sharedLinks(issued),
      ...staffFaults(start, end),
    ];
    expect(faults).toEqual([]);
    const runs = readdirSync(join(folder, ".data/runs"));
    expect(runs, "each killed run can be taken back").toHaveLength(KILLS + 1);
  }, 600_000);
});
