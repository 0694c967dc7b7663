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

  it("doorstep alone sends who has a database on to the checks", async () => {
    const path = join(folder(), "doorstep.db");
    writeFileSync(path, "");
    const here = await status({ SQLITE_PATH: path });
    expect(here.out).toMatch(/^NEXT {6}doorstep doctor /m);
    // No store is asked: this one does not exist, and would cost seconds.
    const there = await status({
      NODE_ENV: "development",
      MONGODB_URL: "mongodb://gateway:pass-word@db.internal.invalid/earlybird",
    });
    expect(there.out).toContain("database  earlybird@db.internal.invalid");
    expect(there.out).toMatch(/^NEXT {6}doorstep doctor /m);
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
