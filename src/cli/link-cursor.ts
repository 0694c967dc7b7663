import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DocumentKey } from "../core/ids.ts";

/** Where an interrupted run stopped. The links themselves are in the data; this spares reading. */
export interface LinkCursor {
  read(): DocumentKey | null;
  keep(after: DocumentKey): void;
  forget(): void;
}

const FRESH_MS = 24 * 3_600_000;

/**
 * The cursor of a database and a scope, in the folder of the runs. One that is older than a day, of
 * another database or of another scope is ignored.
 */
export function linkCursor(folder: string, scope: string, now: () => number): LinkCursor {
  const path = join(folder, "link-cursor.json");
  return {
    read() {
      try {
        const kept = JSON.parse(readFileSync(path, "utf8"));
        const isOurs = kept.scope === scope && now() - kept.at < FRESH_MS;
        return isOurs && typeof kept.after === "string" ? (kept.after as DocumentKey) : null;
      } catch {
        return null;
      }
    },
    keep(after) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, JSON.stringify({ scope, after, at: now() }), { mode: 0o600 });
    },
    forget: () => rmSync(path, { force: true }),
  };
}
