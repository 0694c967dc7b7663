import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import { NODE, temporaryFolder } from "../../support/gateway/gateway-process.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";
import { describeWith } from "../../support/stores/service.ts";

const ROOT = join(import.meta.dirname, "../../..");
const DOCUMENT = readFileSync(join(ROOT, "docs/downstream.md"), "utf8");
const blockOf = (language: string): string => {
  const [, text, ...more] = DOCUMENT.split(`\`\`\`${language}\n`);
  if (text === undefined || more.length > 0) throw new Error(`not one block of ${language}`);
  return text.slice(0, text.indexOf("```"));
};

/** Debian's, whatever comes first on the PATH. */
const PYTHON = "/usr/bin/python3";

/** Why the Python of the document cannot be run here, or null. */
function pythonMissing(): string | null {
  try {
    execFileSync(PYTHON, ["-c", "import pymongo"], { stdio: "ignore" });
    return null;
  } catch {
    return "no pymongo for /usr/bin/python3 (apt-get install python3-pymongo)";
  }
}

const DOCUMENTS = {
  users: [
    user("u-1", {
      customer_v2_id: "c-1",
      email: "asha@example.com",
      name: "An old copy",
      phone: "9876500009",
      password_hash: HASH,
    }),
    user("u-one-sided", { customer_v2_id: "c-2" }),
    user("u-empty"),
    user("u-null", { customer_v2_id: null }),
    user("u-twin", { customer_v2_id: "c-3" }),
    user("u-twin", { customer_v2_id: "c-3" }),
    user("u-twins", { customer_v2_id: "c-4" }),
    user("s-1", { customer_v2_id: "c-5", role: "admin" }),
  ],
  customers_v2: [
    customer("c-1", "9876500001", { name: "Asha Rao", user_id: "u-1", status: "active" }),
    customer("c-2", "9876500002", { user_id: "u-other" }),
    customer("c-3", "9876500003", { user_id: "u-twin" }),
    customer("c-4", "9876500004", { user_id: "u-twins" }),
    customer("c-4", "9876500005", { user_id: "u-twins" }),
    customer("c-5", "9876500006", { user_id: "s-1" }),
    // A document without an id: an empty link must not find it.
    customer(undefined, "9876500007", { user_id: "u-empty" }),
    customer(undefined, "9876500008", { user_id: "u-null" }),
  ],
};
const NOT_LINKED = ["u-one-sided", "u-empty", "u-null", "u-twin", "u-twins", "s-1", "nobody"];
const IDS = ["u-1", ...NOT_LINKED];
const ASHA = {
  user_id: "u-1",
  customer_id: "c-1",
  email: "asha@example.com",
  is_active: true,
  name: "Asha Rao",
  phone: "9876500001",
  address: expect.any(String),
  area: expect.any(String),
  status: "active",
};

const PROGRAMS = {
  TypeScript: (url: string): string => {
    const folder = temporaryFolder();
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const path = join(folder, "downstream.ts");
    writeFileSync(
      path,
      `${blockOf("ts")}
const client = new MongoClient(process.argv[2] ?? "");
for (const id of process.argv.slice(3))
  console.log(JSON.stringify(await userWithDelivery(client.db(), id)));
await client.close();
`,
    );
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    return execFileSync(NODE, [path, url, ...IDS], { encoding: "utf8" });
  },
  Python: (url: string): string => {
    const program = `${blockOf("python")}
import json, sys, pymongo
db = pymongo.MongoClient(sys.argv[1]).get_default_database()
for user_id in sys.argv[2:]:
    print(json.dumps(user_with_delivery(db, user_id)))
`;
    return execFileSync(PYTHON, ["-c", program, url, ...IDS], { encoding: "utf8" });
  },
};

describeMongo("docs/downstream.md", (mongo) => {
  const answersOf = async (run: (url: string) => string): Promise<unknown[]> => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    await data.put("users", DOCUMENTS.users);
    await data.put("customers_v2", DOCUMENTS.customers_v2);
    const lines = run(url).trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line));
  };
  const wanted = [ASHA, ...NOT_LINKED.map(() => null)];

  it("the TypeScript of docs/downstream.md gives a linked user with their delivery record, and nothing for any other", async () => {
    expect(await answersOf(PROGRAMS.TypeScript)).toEqual(wanted);
  });

  describeWith("pymongo", pythonMissing(), "docs/downstream.md in Python", () => {
    it("the Python of docs/downstream.md gives the same as its TypeScript", async () => {
      expect(await answersOf(PROGRAMS.Python)).toEqual(wanted);
    });
  });
});
