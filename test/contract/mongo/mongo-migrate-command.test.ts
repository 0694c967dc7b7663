import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { migrateCommand } from "../../../src/cli/commands/migrate.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";
import { freePort } from "../../support/stores/redis-server.ts";

async function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  const said = { out: "", err: "" };
  const io = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
  };
  return { code: await migrateCommand(args, io, env), ...said };
}

describe("doorstep migrate, without a server", () => {
  it("doorstep migrate, without a server explains its usage", async () => {
    for (const args of [["--force"], ["users"], ["--apply=yes"]]) {
      const { code, err, out } = await run(args, { MONGODB_URL: "mongodb://localhost/e" });
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain("Usage: doorstep migrate [options]");
    }
  });

  it("doorstep migrate, without a server names the setting that is missing or wrong, and never its value", async () => {
    const wrong: readonly Readonly<Record<string, string>>[] = [
      {},
      { MONGODB_URL: "" },
      { MONGODB_URL: "mongodb://user:secret@host" },
      { MONGODB_URL_FILE: "/nowhere/secret" },
    ];
    for (const env of wrong) {
      const { code, err, out } = await run([], env);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^MONGODB_URL /);
      expect(err).not.toContain("secret");
    }
  });

  it("doorstep migrate, without a server says that the server cannot be reached", async () => {
    const { code, err, out } = await run([], {
      MONGODB_URL: `mongodb://user:secret@127.0.0.1:${await freePort()}/earlybird`,
    });
    expect([code, out, err]).toEqual([3, "", "mongo list-indexes unavailable\n"]);
  });
});

describeMongo("doorstep migrate", (mongo) => {
  it("doorstep migrate prints the plan, makes the indexes with --apply, and has nothing left to do", async () => {
    const env = { MONGODB_URL: mongo.newUrl() };
    const plan = await run([], env);
    expect([plan.code, plan.err]).toEqual([
      ...[1, "Nothing was written. --apply makes the missing indexes.\n"],
    ]);
    expect(plan.out).toBe(
      [
        "FIELD                       KIND    INDEX                           STATE",
        "customers_v2.id             unique  doorstep_id_unique              missing",
        "customers_v2.phone          plain   phone_1                         missing",
        "customers_v2.user_id        unique  doorstep_user_id_unique         missing",
        "users.id                    unique  doorstep_id_unique              missing",
        "users.customer_v2_id        unique  doorstep_customer_v2_id_unique  missing",
        "users.doorstep_customer_id  plain   doorstep_customer_id_1          missing",
        "users.phone                 plain   phone_1                         missing",
        "users.email                 plain   email_1                         missing",
        "",
      ].join("\n"),
    );
    const applied = await run(["--apply", "--yes"], env);
    expect([applied.code, applied.err]).toEqual([0, ""]);
    expect(applied.out.match(/created/g)).toHaveLength(8);
    const again = await run([], env);
    expect(again.code).toBe(0);
    expect(again.out.match(/present/g)).toHaveLength(8);
  });

  it("doorstep migrate prints JSON, and reads the URL from a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
    const path = join(folder, "url");
    const url = mongo.newUrl();
    writeFileSync(path, `${url}\n`);
    await mongo.data(url).put("users", [{ id: "u-1" }, { id: "u-1" }]);
    const { code, out } = await run(["--json", "--apply", "--yes"], { MONGODB_URL_FILE: path });
    rmSync(folder, { recursive: true });
    const report = JSON.parse(out);
    expect([code, report.applied, report.indexes.length]).toEqual([1, true, 8]);
    expect(report.indexes[3]).toEqual({
      collection: "users",
      field: "id",
      name: "id_1",
      unique: false,
      state: "created",
      dropped: [],
      because: 'not unique: documents share one id: "u-1"',
    });
  });
});
