import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { UnifiedRecord } from "../../../src/core/linking/unified-record.ts";
import { exportPeople } from "../../../src/flows/operator/export-people.ts";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import { temporaryFolder } from "../../support/gateway/gateway-process.ts";
import {
  commandsOnMongo,
  commandsOnSqlite,
  type FillCommandWorld,
  throughGateway,
} from "../../support/runs/command-world.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

/** Each way in which two records of a person can stand. */
const DOCUMENTS = {
  customers_v2: [
    customer("c-linked", "98765 00001", {
      name: "Asha Rao",
      user_id: "u-linked",
      status: "paused",
    }),
    customer("c-import", "9876500002"),
    customer("c-wiped", "9876500003", { user_id: null }),
    customer("c-alone", "9876500004"),
    customer("c-phone", "9876500005", { name: "Gopal Hegde" }),
    customer("c-staff", "9876500006", { user_id: "s-1" }),
    customer("c-off", "9876500007"),
    customer("c-mute", "call first", { user_id: "u-mute" }),
    customer("c-rare", "(98765) 000 09"),
    customer(undefined, "9876500010"),
    customer("c-stopped", "9876500011", { status: "stopped" }),
  ],
  users: [
    user("u-linked", {
      customer_v2_id: "c-linked",
      name: "Asha R.",
      phone: "9876500001",
      email: "asha@example.com",
      password_hash: HASH,
    }),
    user("c-import", { email: "9876500002@customer.earlybird.com", password_hash: HASH }),
    user("u-wiped", { email: "customer-c-wiped@earlybird.local", phone: "9876500003" }),
    user("u-phone", { name: "Gopal Hegde", phone: "9876500005", email: "gopal@example.com" }),
    user("s-1", { role: "admin", phone: "9876500006" }),
    user("c-off", { is_active: false, phone: "9876500007" }),
    user("u-mute", { customer_v2_id: "c-mute" }),
    user("u-rare", { customer_v2_id: "c-rare", phone: "9876500009" }),
    user("c-stopped", { phone: "9876500011" }),
    user("u-alone", { phone: null, email: "alone@example.com" }),
  ],
};

const byIds = (records: readonly UnifiedRecord[]) =>
  records.map(({ customer_id, link, user_id }) => `${customer_id} ${user_id} ${link}`).sort();

function declare(fill: FillCommandWorld): void {
  test("`export --unified` has every person once, and says how the two records stand", async () => {
    const world = await fill(DOCUMENTS);
    const { code, err, out } = await world.run("export", "--unified");
    expect([code, err]).toEqual([0, expect.stringContaining("13 lines written")]);
    const records: readonly UnifiedRecord[] = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(byIds(records)).toEqual(
      [
        "c-linked u-linked linked",
        "c-import c-import linked-at-login",
        "c-wiped u-wiped linked-at-login",
        "c-alone null no-user",
        "c-phone null no-user",
        "c-staff null conflict",
        "c-off c-off user-inactive",
        "c-mute u-mute no-phone",
        "c-rare u-rare linked-at-login",
        "null null no-id",
        "c-stopped c-stopped linked-at-login",
        "null u-alone no-customer",
        "null u-phone no-customer",
      ].sort(),
    );
    expect(records.find(({ customer_id }) => customer_id === "c-linked")).toEqual({
      customer_id: "c-linked",
      user_id: "u-linked",
      link: "linked",
      // customers_v2 is the source of truth for name and phone.
      name: "Asha Rao",
      phone: "+919876500001",
      email: "asha@example.com",
      address: expect.any(String),
      area: expect.any(String),
      status: "paused",
      is_active: true,
    });
    expect(out).not.toContain("$2b$");
    expect(out).not.toMatch(/earlybird\.(?:local|com)/);
  });

  test("`export --unified` writes a new file that nobody else can read, and over no other", async () => {
    const world = await fill(DOCUMENTS);
    const path = join(temporaryFolder(), "people.jsonl");
    const { code, out } = await world.run("export", "--unified", path);
    expect([code, out]).toEqual([0, ""]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, "utf8");
    expect(text.trimEnd().split("\n")).toHaveLength(13);
    const again = await world.run("export", "--unified", path);
    expect([again.code, readFileSync(path, "utf8")]).toEqual([2, text]);
    expect((await world.run("export")).code).toBe(2);
  });

  test("`export --unified` changes no document", async () => {
    const world = await fill(DOCUMENTS);
    const before = [await world.documents("users"), await world.documents("customers_v2")];
    await world.run("export", "--unified");
    expect([await world.documents("users"), await world.documents("customers_v2")]).toEqual(before);
  });
}

describe("doorstep export, on SQLite", () => {
  declare(commandsOnSqlite);

  test("`export --unified` holds a page of people at a time, and each of a thousand once", async () => {
    const ids = Array.from({ length: 1_200 }, (_, n) => `p-${n}`);
    const world = await commandsOnSqlite({
      customers_v2: ids.map((id, n) => customer(id, `98765${10_000 + n}`)),
      users: ids.map((id, n) => user(id, { phone: `98765${10_000 + n}` })),
    });
    const { gateway } = await world.gateway();
    const sizes: number[] = [];
    const seen = new Set<string | null>();
    for await (const page of exportPeople(gateway)) {
      sizes.push(page.length);
      for (const { user_id } of page) seen.add(user_id);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(1_200);
    expect(seen.size).toBe(1_200);
  });
});

describeMongo("doorstep export, on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
describe("`export` through a gateway", () => declare(throughGateway(commandsOnSqlite)));
