import { readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { AuditReport } from "./audit-report.ts";

const OWNER_ONLY = { mode: 0o600 };

/** The last audit of this database, or null. The file holds counts and no record. */
export function lastAudit(path: string, database: string): AuditReport | null {
  try {
    const report = JSON.parse(readFileSync(path, "utf8")) as Partial<AuditReport>;
    const isComparable = report.version === 1 && report.database === database;
    return isComparable ? (report as AuditReport) : null;
  } catch {
    return null;
  }
}

export async function keepAudit(path: string, report: AuditReport): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`, OWNER_ONLY);
}
