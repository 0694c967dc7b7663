import { canSignIn, type Finding, STANDINGS, type Standing } from "../core/linking/standing.ts";
import type { DirectoryCounts } from "../flows/operator/audit/audit-directory.ts";
import { DECIDED_REASONS, PERSON_REASONS, type RowCounts } from "../flows/operator/person-rows.ts";

/** `doorstep audit --json`. Version 1: fields are added and never change their meaning. */
export interface AuditReport {
  readonly version: 1;
  readonly database: string;
  /** ISO 8601 */
  readonly at: string;
  readonly took_ms: number;
  readonly customers: number;
  readonly users: number;
  readonly can_sign_in: number;
  /** Every customer is in exactly one. */
  readonly standings: Readonly<Record<Standing, number>>;
  /** The customers of `contradicts` by reason. */
  readonly contradictions: Readonly<Record<string, number>>;
  readonly findings: Readonly<Record<Finding, number>>;
  readonly users_without_delivery_record: number;
  readonly users_with_shared_id: number;
  readonly users_without_id: number;
  readonly users_with_refused_email: number;
  /** Null without `--passwords`. */
  readonly users_with_published_password: number | null;
  /** Rows that `--csv` writes. */
  readonly rows_for_a_person: number;
  /** The same by reason, in the order of the file. */
  readonly csv_rows: RowCounts;
  /** The next command. */
  readonly next: string | null;
}

interface Place {
  readonly database: string;
  readonly at: number;
  readonly tookMs: number;
}

export function auditReport(counts: DirectoryCounts, { at, database, tookMs }: Place): AuditReport {
  const { customers, users } = counts;
  const can = STANDINGS.filter(canSignIn).map((standing) => customers.standings[standing]);
  const csv_rows = rowsOf(counts);
  const report = {
    version: 1,
    database,
    at: new Date(at).toISOString(),
    took_ms: Math.round(tookMs),
    customers: customers.customers,
    users: users.users,
    can_sign_in: can.reduce((sum, count) => sum + count, 0),
    standings: customers.standings,
    contradictions: customers.contradictions,
    findings: customers.findings,
    users_without_delivery_record: users.withoutRecord,
    users_with_shared_id: users.sharedIds,
    users_without_id: users.withoutId,
    users_with_refused_email: users.reservedEmails,
    users_with_published_password: users.publishedPasswords,
    rows_for_a_person: Object.values(csv_rows).reduce((sum, count) => sum + count, 0),
    csv_rows,
  } as const;
  return { ...report, next: nextCommand(report) };
}

function rowsOf({ customers, users: { withoutRecord } }: DirectoryCounts): RowCounts {
  const rows = { ...customers.rows, "no-delivery-record": withoutRecord };
  const present = PERSON_REASONS.filter((reason) => (rows[reason] ?? 0) > 0);
  return Object.fromEntries(present.map((reason) => [reason, rows[reason]]));
}

/** The first of the steps of a migration that has something to do. */
function nextCommand(report: Omit<AuditReport, "next">): string | null {
  const { findings, standings } = report;
  const decided = DECIDED_REASONS.reduce((sum, reason) => sum + (report.csv_rows[reason] ?? 0), 0);
  const steps: readonly (readonly [number, string])[] = [
    [standings["links-at-login"], "doorstep link"],
    [standings["by-phone-only"], "doorstep link --by-phone"],
    [decided, "doorstep audit --csv FILE"],
    [report.users_without_delivery_record, "doorstep adopt"],
    [findings["name-drift"] + findings["phone-drift"], "doorstep sync"],
    [report.users_with_published_password ?? 0, "doorstep close-passwords"],
    [report.users_with_published_password === null ? 1 : 0, "doorstep audit --passwords"],
  ];
  return steps.find(([count]) => count > 0)?.[1] ?? null;
}
