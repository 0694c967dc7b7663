import { documentRow } from "../../../src/adapters/sqlite/extended-json.ts";
import { sqliteOwnership } from "../../../src/adapters/sqlite/ownership.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { ownershipSuite } from "../directory/ownership.suite.ts";
import { observed, randomBytes, sqliteFolder } from "./sqlite-files.ts";

ownershipSuite("SQLite", async () => {
  const folder = await sqliteFolder();
  const [file, raw] = [folder.open(), folder.open().sql];
  let commands = 0;
  const sql = observed(file.sql, () => {
    commands++;
  });
  return {
    ownership: sqliteOwnership(sql),
    put: async (collection, documents) => {
      for (const document of documents) {
        const { key, doc } = documentRow(document, () => toHex(randomBytes(12)));
        raw.run(`INSERT INTO ${collection} (key, doc) VALUES (?, ?)`, key, doc);
      }
    },
    commands: () => commands,
    breakIt: async () => file.close(),
  };
});
