import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openChallenge, send, verify } from "../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../support/gateway/gateway-process.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../docs/storage.md"), "utf8");

/** The names in the first column of the table below a heading. */
function documented(heading: string): string[] {
  const [, section = ""] = DOCUMENT.split(`\n### ${heading}\n`);
  const [body = ""] = section.split(/\n##+ /);
  return [...body.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? "").sort();
}

/** Every field of a value, with `[]` for the members of a list; what is below a lane is its own. */
function fieldsOf(value: unknown, name = ""): string[] {
  if (Array.isArray(value)) {
    const below = value.flatMap((member) => fieldsOf(member, `${name}[]`));
    return below.some((field) => field.startsWith(`${name}[].`)) ? below : [`${name}[]`];
  }
  if (typeof value !== "object" || value === null || name === "devices") return [name];
  return Object.entries(value).flatMap(([key, member]) =>
    fieldsOf(member, name === "" ? key : `${name}.${key}`),
  );
}

/** A list of records is documented by their fields, and so is the list itself. */
const withoutLists = (fields: readonly string[]) =>
  [
    ...new Set(fields.filter((field) => !fields.some((other) => other.startsWith(`${field}.`)))),
  ].sort();

async function afterLogins(): Promise<{ gateway: GatewayProcess; database: DatabaseSync }> {
  const gateway = await startGateway(temporaryFolder());
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
  return { gateway, database: new DatabaseSync(join(gateway.folder, ".data/doorstep.db")) };
}

describe("docs/storage.md", () => {
  it("names every table, column, record and field that logins leave behind", async () => {
    const { database } = await afterLogins();
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name));
    expect([...DOCUMENT.matchAll(/^### Table `(\w+)`$/gm)].map(([, name]) => name).sort()).toEqual(
      tables.sort(),
    );
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
      expect(v).toBe(1);
      found.set(kind, [...(found.get(kind) ?? []), ...fieldsOf(record)]);
    }
    expect([...found.keys()].sort()).toEqual(["phone", "user"]);
    for (const [kind, fields] of found) {
      const lists = documented(`Record \`${kind}/<key>\``);
      expect(withoutLists(fields), kind).toEqual(withoutLists(lists));
    }
  });
});
