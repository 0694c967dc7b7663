import { expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { sqliteFolder } from "../../contract/sqlite/sqlite-files.ts";
import {
  askForCode,
  challengeFor,
  newestCode,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { recorder } from "../../support/gateway/recorder.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { walCommits } from "../../support/stores/wal-commits.ts";

const LOGINS = 20;
const phones = Array.from({ length: LOGINS }, (_, n) => String(9876500001 + n));
const documents = { customers_v2: phones.map((phone, n) => customer(`c-${n}`, phone)), users: [] };
const WRITES = new Set(["write", "changeUser", "changeCustomer", "insertUser"]);

test("first logins at once share their transactions", async () => {
  const { path } = await sqliteFolder();
  const ports = recorder();
  const gateway = await testGateway({ documents, path, ...ports.options });
  const commits = await walCommits(gateway.file, path);
  const logins = phones.map(async (phone) => {
    const { body } = await askForCode(gateway, phone);
    const code = newestCode(gateway, phone) ?? "none came";
    return (await verify(gateway, body.challenge_id, code)).status;
  });
  expect(new Set(await Promise.all(logins))).toEqual(new Set([200]));
  await gateway.runtime.settle();
  const written = await commits();
  const writes = ports.calls.filter(({ method }) => WRITES.has(method)).length;
  const counts = ports.calls.filter(({ port }) => port === "limits").length;
  // Seven writes of records and two limits for each login, and as many ceilings.
  expect(writes).toBeGreaterThanOrEqual(7 * LOGINS);
  expect(counts).toBe(2 * LOGINS);
  // Each had a synced transaction of its own. Some 13 on a quiet machine.
  expect(written).toBeLessThan(writes / 2);
});

test("a COMMIT that fails lets nobody in, and costs neither the code nor a try", async () => {
  const gateway = await testGateway({ documents });
  const [phone = ""] = phones;
  const { challenge_id, code } = await challengeFor(gateway, phone);
  const { sql } = gateway.file;
  sql.run("CREATE TABLE parent (id PRIMARY KEY)");
  sql.run("CREATE TABLE child (parent REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)");
  // COMMIT itself finds that the parent is missing.
  sql.run("CREATE TRIGGER fault AFTER UPDATE ON state BEGIN INSERT INTO child VALUES (1); END");
  const stored = () => JSON.stringify(sql.all("SELECT * FROM state ORDER BY key"));
  const before = stored();
  for (const guess of [code, wrongFor(code), wrongFor(code)]) {
    const refused = await verify(gateway, challenge_id, guess);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
  }
  expect(stored()).toBe(before);
  sql.run("DROP TRIGGER fault");
  expect((await verify(gateway, challenge_id, code)).status).toBe(200);
});
