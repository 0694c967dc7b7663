import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { claimsOf, logInAt, withToken } from "../../support/gateway/gateway-client.ts";
import {
  COMPILED,
  NODE,
  runDoorstep,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";

const ROOT = join(import.meta.dirname, "../../..");
const KAVITA = "cust-001";
const BINA = "2c9e4b71-5a0d-4f38-8b17-000000000023";
const APPLY = ["--apply", "--yes"];

const database = (folder: string) => new DatabaseSync(join(folder, ".data/doorstep.db"));

/** Every document, as text. */
function snapshot(folder: string): ReadonlyMap<string, string> {
  const file = database(folder);
  const rows = ["users", "customers_v2"].flatMap((collection) =>
    file
      .prepare(`SELECT key, doc FROM ${collection}`)
      .all()
      .map(({ doc, key }) => {
        // The order of a document's fields says nothing, and a restored field comes last.
        const fields = Object.entries(JSON.parse(String(doc))).sort(([a], [b]) => (a < b ? -1 : 1));
        return [`${collection}/${key}`, JSON.stringify(fields)] as const;
      }),
  );
  file.close();
  return new Map(rows);
}

const runOf = (stderr: string): string => /^Run (\S+)\. /m.exec(stderr)?.[1] ?? "no run";

describe("the commands for the data, on the sample", () => {
  it("an operator mends the sample beside a running gateway, and takes every run back to the start", async () => {
    const gateway = await startGateway(temporaryFolder());
    const { folder } = gateway;
    const start = snapshot(folder);
    const runs: string[] = [];
    const apply = async (code: number, ...args: string[]) => {
      const done = await runDoorstep([...args, ...APPLY], folder);
      expect([args, done.code], done.stderr).toEqual([args, code]);
      expect(done.stdout + done.stderr).not.toContain("$2b$");
      runs.push(runOf(done.stderr));
      return done;
    };
    await apply(0, "normalize");
    await apply(0, "adopt", BINA, "--address", "3 Temple Road", "--area", "Jayanagar");
    await apply(0, "link", KAVITA, "2c9e4b71-5a0d-4f38-8b17-000000000019");
    // Kavita's link has another name and another phone: a person decided so.
    const login = await logInAt(gateway, "9876500023");
    expect(login.user.id).toBe(BINA);
    await apply(0, "change-phone", KAVITA, "9876500077", "--reason", "new SIM");
    const sid = String(claimsOf(login.access_token)["sid"]);
    await apply(0, "unlink", KAVITA, "--reason", "a mistake");
    expect((await withToken(gateway, "GET", "/auth/me", login.access_token)).status).toBe(200);
    expect(sid).not.toBe("");
    const listed = await runDoorstep(["undo"], folder);
    for (const run of runs) expect(listed.stdout).toContain(run);
    for (const run of runs.toReversed()) {
      const undone = await runDoorstep(["undo", run, ...APPLY], folder);
      expect([run, undone.code], undone.stdout + undone.stderr).toEqual([run, 0]);
    }
    expect(snapshot(folder)).toEqual(start);
    const ended = await withToken(gateway, "GET", "/auth/me", login.access_token);
    expect(ended.status, "the adopted customer is gone, and the session with it").toBe(401);
  });

  it("without --yes and without a terminal no command writes, and each says so", async () => {
    const folder = temporaryFolder();
    await runDoorstep(["undo"], folder);
    const before = snapshot(folder);
    for (const line of [
      ["normalize"],
      ["link", KAVITA, BINA],
      ["adopt", BINA, "--address", "x", "--area", "y"],
      ["undo", "2026-11-28-140112-3f9a1c"],
    ]) {
      const { code, stderr, stdout } = await runDoorstep([...line, "--apply"], folder);
      expect([line, code, stdout]).toEqual([line, 2, ""]);
      expect(stderr).toMatch(/^Nothing was written\. /);
    }
    expect(snapshot(folder)).toEqual(before);
  });

  it("a file that cannot be made is named in one sentence, and nothing is written", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "taken"), "");
    for (const line of [
      ["audit", "--csv", "no/folder.csv"],
      ["audit", "--html", "no/page.html"],
      ["normalize", ...APPLY, "--runs", "taken"],
    ]) {
      const { code, stderr } = await runDoorstep(line, folder);
      expect([line, code], stderr).toEqual([line, 2]);
      expect(stderr).toMatch(/^\S+ cannot be used: [^\n]+\.\n$/);
    }
    const whole = await runDoorstep(["normalize", "--json"], folder);
    expect(JSON.parse(whole.stdout)).toMatchObject({ planned: 10 });
  });

  it("a command whose reader ends first, such as `head`, ends without an error", async () => {
    const folder = temporaryFolder();
    const child = spawn(NODE, [join(ROOT, "src/cli/doorstep.ts"), "export", "--unified"], {
      cwd: folder,
      env: COMPILED,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    const errors: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
    const [code] = await once(child, "close");
    expect([code, errors.join("")]).toEqual([0, expect.stringMatching(/^\d+ lines written\.\n$/)]);
  });

  it("a command that is killed in the middle of its writes is undone, or carried out by the next call", async () => {
    const folder = temporaryFolder();
    await runDoorstep(["undo"], folder);
    const file = database(folder);
    const insert = file.prepare("INSERT INTO customers_v2 (key, doc) VALUES (?, ?)");
    file.exec("BEGIN");
    for (let n = 0; n < 700; n++) {
      const phone = `+91 98${String(n).padStart(8, "0")}`;
      const key = JSON.stringify({ $oid: n.toString(16).padStart(24, "0") });
      insert.run(
        key,
        JSON.stringify({ id: `k-${n}`, name: "Asha", phone, address: "x", area: "y" }),
      );
    }
    file.exec("COMMIT");
    const start = snapshot(folder);
    const isDone = () =>
      Number(
        file
          .prepare("SELECT count(*) AS n FROM customers_v2 WHERE doc->>'$.phone' LIKE '98%'")
          .get()?.["n"],
      );
    const before = isDone();
    const child = spawn(NODE, [join(ROOT, "src/cli/doorstep.ts"), "normalize", ...APPLY], {
      cwd: folder,
      env: COMPILED,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    while (isDone() < before + 50) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGKILL");
    await ended;
    const written = isDone() - before;
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(700);
    const [run = ""] = readdirSync(join(folder, ".data/runs"));
    const undone = await runDoorstep(
      ["undo", run.replace(".jsonl", ""), ...APPLY, "--json"],
      folder,
    );
    expect(JSON.parse(undone.stdout)).toMatchObject({ left: 0 });
    expect(snapshot(folder)).toEqual(start);
    const whole = await runDoorstep(["normalize", ...APPLY, "--json"], folder);
    expect(JSON.parse(whole.stdout)).toMatchObject({ lost: 0, left: [] });
    expect(isDone()).toBeGreaterThanOrEqual(700);
    file.close();
  });
});
