import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runDoorstep } from "../../../src/cli/program.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "doorstep-status-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function status(env: Readonly<Record<string, string>>) {
  let [out, err] = ["", ""];
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  return { code: await runDoorstep([], io, env), out, err };
}

describe("doorstep alone", () => {
  it("doorstep alone says where a new folder stands and what to run, and makes nothing there", async () => {
    const path = join(folder(), "doorstep.db");
    const { code, err, out } = await status({ SQLITE_PATH: path });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("settings  development");
    expect(out).toContain(`${path} (not made yet)`);
    expect(out).toMatch(/^NEXT {6}doorstep serve /m);
    expect(existsSync(path)).toBe(false);
  });

  it("doorstep alone repeats the last audit of this database, and its next command", async () => {
    const at = folder();
    const path = join(at, "doorstep.db");
    writeFileSync(path, "");
    const report = {
      version: 1,
      database: path,
      at: "2026-11-28T15:12:48.476Z",
      can_sign_in: 18,
      customers: 22,
      next: "doorstep link",
    };
    const keep = (more: object) =>
      writeFileSync(join(at, "audit.json"), JSON.stringify({ ...report, ...more }));
    keep({});
    const { out } = await status({ SQLITE_PATH: path });
    expect(out).toContain("audit     2026-11-28 15:12 UTC: 18 of 22 can sign in by phone");
    expect(out).toMatch(/^NEXT {6}doorstep link /m);
    keep({ next: null });
    expect((await status({ SQLITE_PATH: path })).out).toMatch(/^NEXT {6}doorstep doctor /m);
    // Another database's audit says nothing about this one.
    keep({ database: "other@mongo" });
    expect((await status({ SQLITE_PATH: path })).out).toContain("audit     none yet");
  });

  it("doorstep alone sends who has a database on to its audit", async () => {
    const path = join(folder(), "doorstep.db");
    writeFileSync(path, "");
    const here = await status({ SQLITE_PATH: path });
    expect(here.out).toContain("audit     none yet");
    expect(here.out).toMatch(/^NEXT {6}doorstep audit /m);
    // No store is asked: this one does not exist, and would cost seconds.
    const there = await status({
      NODE_ENV: "development",
      MONGODB_URL: "mongodb://gateway:pass-word@db.internal.invalid/earlybird",
    });
    expect(there.out).toContain("database  earlybird@db.internal.invalid");
    expect(there.out).toMatch(/^NEXT {6}doorstep audit /m);
    expect(there.out).not.toContain("pass-word");
  });

  it("doorstep alone counts the settings that stop the start, without a value", async () => {
    const { code, out } = await status({ PORT: "secret-1", LOG_LEVEL: "secret-2" });
    expect(code).toBe(0);
    expect(out).toContain("2 faults: the gateway does not start");
    expect(out).toMatch(/^NEXT {6}doorstep doctor /m);
    expect(out).not.toContain("secret");
  });
});
