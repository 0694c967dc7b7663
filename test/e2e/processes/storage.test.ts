import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openChallenge, send, verify } from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import {
  documented,
  fieldsOf,
  STORAGE_DOCUMENT,
  withoutLists,
} from "../../support/house/stored-fields.ts";

async function afterLogins(): Promise<{ gateway: GatewayProcess; database: DatabaseSync }> {
  const gateway = await startGateway(temporaryFolder(), { OTP_FAILURES_PER_PHONE: "5" });
  const first = await openChallenge(gateway, "9876500002");
  const login = await verify(gateway, first.id, first.code);
  const device_token = login.body.device_token;
  await send(gateway, "POST", "/auth/otp", { phone: "9876500002", device_token });
  await send(gateway, "POST", "/auth/otp", { phone: "9876500002" });
  // From one address: a code, a second challenge on it, and a wrong try.
  const post = (path: string, body: object) =>
    fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const asked = await post("/auth/otp", { phone: "9876500002" });
  const { challenge_id } = (await asked.json()) as { challenge_id: string };
  await post("/auth/otp", { phone: "9876500002" });
  await post("/auth/otp/verify", { challenge_id, code: "000000" });
  // A phone that wrong codes lock.
  const guessed = await post("/auth/otp", { phone: "9876599999" });
  const open = (await guessed.json()) as { challenge_id: string };
  for (let n = 0; n < 5; n++) {
    await post("/auth/otp/verify", { challenge_id: open.challenge_id, code: `00000${n}` });
  }
  return { gateway, database: new DatabaseSync(join(gateway.folder, ".data/doorstep.db")) };
}

describe("docs/storage.md", () => {
  it("docs/storage.md names every table, column, record and field that logins leave behind", async () => {
    const { database } = await afterLogins();
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name));
    expect(
      [...STORAGE_DOCUMENT.matchAll(/^### Table `(\w+)`$/gm)].map(([, name]) => name).sort(),
    ).toEqual(tables.sort());
    for (const table of tables) {
      const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
      expect(columns.map(({ name }) => name).sort()).toEqual(documented(`Table \`${table}\``));
    }

    const records = database.prepare("SELECT key, value FROM state").all();
    database.close();
    const found = new Map<string, string[]>();
    for (const { key, value } of records) {
      const kind = String(JSON.parse(key as string)).split("/")[0] ?? "";
      const { record, v } = JSON.parse(value as string);
      expect(v).toBe(kind === "phone" ? 2 : 1);
      found.set(kind, [...(found.get(kind) ?? []), ...fieldsOf(record)]);
    }
    expect([...found.keys()].sort()).toEqual(["phone", "user"]);
    for (const [kind, fields] of found) {
      const lists = documented(`Record \`${kind}/<key>\``);
      expect(withoutLists(fields), kind).toEqual(withoutLists(lists));
    }
  });
});
