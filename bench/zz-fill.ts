import { randomBytes } from "node:crypto";
import { documentRow } from "../src/adapters/sqlite/extended-json.ts";
import { openSqlite } from "../src/adapters/sqlite/node.ts";
import { scaleDocuments } from "./scale-documents.ts";

const [customers, users, path] = [
  Number(process.argv[2]),
  Number(process.argv[3]),
  String(process.argv[4]),
];
const { close, sql } = openSqlite(path);
sql.transaction(() => {
  for (const { collection, document } of scaleDocuments({ customers, users })) {
    const { doc, key } = documentRow(document, () => randomBytes(12).toString("hex"));
    sql.run(`INSERT INTO ${collection} (key, doc) VALUES (?, ?)`, key, doc);
  }
});
close();
