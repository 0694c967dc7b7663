import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { adoptCommand } from "../../src/cli/commands/adopt.ts";
import { auditCommand } from "../../src/cli/commands/audit.ts";
import { decideCommand } from "../../src/cli/commands/decide.ts";
import { linkCommand } from "../../src/cli/commands/link.ts";
import { sessionsCommand } from "../../src/cli/commands/sessions.ts";
import { undoCommand } from "../../src/cli/commands/undo.ts";
import { unlockCommand } from "../../src/cli/commands/unlock.ts";
import { whoCommand } from "../../src/cli/commands/who.ts";
import { routesOf } from "../../src/http/create-app.ts";
import { customer, user } from "../cases-extra/people.ts";
import {
  askForCode,
  bearer,
  call,
  challengeFor,
  claimsOf,
  logIn,
  verify,
  wrongFor,
} from "../support/gateway/client.ts";
import { FULL_SITE } from "../support/gateway/every-site.ts";
import { temporaryFolder } from "../support/gateway/gateway-process.ts";
import { describeEdge, sharedPlace } from "./edge-place.ts";

const ADMIN_TOKEN = randomBytes(32).toString("hex");
const PHONE = "9876500001";
const OTHER_PHONE = "9876500005";
/** A spelling that no index lists: the object that has the driver looks through them all. */
const RARE = "98 76 50 00 02";

describeEdge("the operator's commands on the built Worker", () => {
  const place = sharedPlace({
    env: { ADMIN_TOKEN, ADMIN_RECORDS: "on", OTP_FAILURES_PER_PHONE: "1" },
  });

  /** A command line to its end, asking the Worker. */
  async function run(command: typeof whoCommand, ...args: string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const io = {
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
    };
    const line = [...args, "--json", "--gateway", place().worker.url];
    const env = { ADMIN_TOKEN, SQLITE_PATH: join(temporaryFolder(), "elsewhere.db") };
    const code = await command(line, io, env);
    return { code, err: err.join(""), answer: JSON.parse(out.join("")) };
  }

  test("reach what lives in Durable Objects: a lock, and sessions", async () => {
    await place().mongo.put("customers_v2", [customer("c-1", PHONE), customer("c-2", RARE)]);
    const login = (await logIn(place(), PHONE)).body;
    const sid = claimsOf(login.access_token)["sid"];
    const { challenge_id, code } = await challengeFor(place(), PHONE);
    expect((await verify(place(), challenge_id, wrongFor(code))).status).toBe(400);
    expect((await askForCode(place(), PHONE)).status).toBe(429);

    const known = await run(whoCommand, PHONE);
    expect(known).toMatchObject({
      code: 0,
      err: "",
      answer: {
        phones: [{ phone: `+91${PHONE}`, locked_until: expect.any(String) }],
        customers: [{ id: "c-1", login: "linked", users: [{ sessions: [{ sid }] }] }],
      },
    });
    expect(await run(whoCommand, RARE.replaceAll(" ", ""))).toMatchObject({
      answer: { customers: [{ id: "c-2", login: "create" }], complete: true },
    });
    expect((await run(unlockCommand, PHONE)).code).toBe(1);
    expect((await run(unlockCommand, PHONE, "--apply", "--yes")).code).toBe(0);
    expect((await askForCode(place(), PHONE)).status).toBe(202);

    expect((await run(sessionsCommand, "revoke", PHONE)).code).toBe(1);
    const ended = await run(sessionsCommand, "revoke", PHONE, "--apply", "--yes");
    expect(ended).toMatchObject({ code: 0, answer: { users: [{ sessions: [{ sid }] }] } });
    const me = await call(place(), "GET", "/auth/me", undefined, bearer(login.access_token));
    expect(me.status).toBe(401);
  });

  test("link records through the Worker, and take it back from images of this machine", async () => {
    const names = { name: "Asha Rao", phone: OTHER_PHONE };
    await place().mongo.put("customers_v2", [customer("c-3", OTHER_PHONE, { user_id: "u-3" })]);
    await place().mongo.put("users", [user("u-3", names)]);
    const runs = ["--runs", temporaryFolder()];
    const stored = async () =>
      (await place().mongo.documents("users")).find(({ id }) => id === "u-3");
    const before = await stored();
    const linked = await run(linkCommand, ...runs, "--apply", "--yes", "--reason", "cut-over");
    expect(linked).toMatchObject({ code: 0, answer: { byId: 1 } });
    expect(await stored()).toMatchObject({ customer_v2_id: "c-3", doorstep_customer_id: "c-3" });
    const [id = ""] = /\d{4}-\d\d-\d\d-\d{6}-[0-9a-f]{6}/.exec(linked.err) ?? [];
    const undone = await run(undoCommand, id, ...runs, "--apply", "--yes");
    expect(undone).toMatchObject({ code: 0, answer: { left: 0 } });
    expect(await stored()).toEqual(before);
    await place().worker.settle();
    const written = place()
      .worker.log()
      .filter(({ name }) => name === "record.written");
    expect(written[0]).toMatchObject({ run_id: id, reason: "cut-over", by: "operator" });
  });

  test("audit, decide about and adopt records through the Worker", async () => {
    await place().mongo.put("customers_v2", [customer("c-6", "9876500006", { user_id: "boss" })]);
    await place().mongo.put("users", [
      user("boss", { role: "admin", phone: "9876500006" }),
      user("u-7", { name: "Ravi Kulkarni", phone: "9876500007" }),
    ]);
    const folder = temporaryFolder();
    const [csv, decided] = [join(folder, "rows.csv"), join(folder, "decided.csv")];
    const before = await run(auditCommand, "--csv", csv);
    expect(before.answer.csv_rows).toMatchObject({ "unusable-user": 1, "no-delivery-record": 1 });
    const rows = readFileSync(csv, "utf8").split("\r\n");
    writeFileSync(
      decided,
      rows.map((row) => (row.includes("c-6") ? `${row}new` : row)).join("\r\n"),
    );
    const apply = ["--runs", folder, "--apply", "--yes"];
    expect(await run(decideCommand, decided, ...apply)).toMatchObject({
      code: 0,
      answer: { done: 1 },
    });
    const [where, area] = [
      ["--address", "12 MG Road"],
      ["--area", "AREA_001"],
    ];
    expect((await run(adoptCommand, "u-7", ...where, ...area, ...apply)).code).toBe(0);
    const { answer } = await run(auditCommand);
    expect(answer).toMatchObject({ users_without_delivery_record: 0, contradictions: {} });
    expect(answer.can_sign_in - before.answer.can_sign_in).toBe(2);
  });

  test("are refused with another token, and the log names no phone", async () => {
    const headers = bearer(`${ADMIN_TOKEN}x`);
    const answer = await call(place(), "POST", "/auth/admin/who", { who: PHONE }, headers);
    expect([answer.status, answer.body.code]).toEqual([401, "token-invalid"]);
    await place().worker.settle();
    const audited = place()
      .worker.log()
      .filter(({ event }) => event === "audit")
      .map(({ name }) => name);
    for (const name of ["admin.called", "admin.refused", "phone.unlocked", "sessions.revoked"]) {
      expect(audited).toContain(name);
    }
    expect(JSON.stringify(place().worker.log())).not.toContain(PHONE);
  });

  test("ask every route that the operator has", async () => {
    const listed = await call(
      place(),
      "POST",
      "/auth/admin/sessions",
      { who: PHONE },
      bearer(ADMIN_TOKEN),
    );
    expect(listed.status).toBe(200);
    await place().worker.settle();
    const served = place()
      .worker.log()
      .filter(({ event, status }) => event === "request" && Number(status) < 300)
      .map(({ method, route }) => `${method} ${route}`);
    const routes = routesOf(FULL_SITE).filter(({ credential }) => credential === "admin-token");
    const named = routes.map(({ method, path }) => `${method} ${path}`);
    expect(named.filter((route) => !served.includes(route))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
});
