import type { Finding, Standing } from "../../core/linking/standing.ts";
import {
  CONTRADICTIONS,
  type PersonReason,
  type RowCounts,
  rangeOf,
} from "../../flows/operator/person-rows.ts";
import type { AuditReport } from "../audit-report.ts";

/** A line of the audit: a number, its name, and what to do about it. */
export interface AuditLine {
  readonly label: string;
  readonly count: number;
  readonly advice: string;
}

const CAN: readonly (readonly [Standing, label: string, advice: string])[] = [
  ["linked", "linked", "nothing to do"],
  ["links-at-login", "links at next login", "safe now: doorstep link --apply"],
  ["by-phone-only", "phone matches only", "look first: doorstep link --by-phone"],
  ["new-account", "account at first login", "nothing to do: the login makes it"],
];

const CANNOT: readonly (readonly [Standing, label: string, advice: string])[] = [
  ["contradicts", "records contradict", "decide: ROWS of --csv"],
  ["switched-off", "account switched off", "active customer, inactive user: ROWS of --csv"],
  ["stopped", "stopped", "deliveries have ended"],
  ["unreadable", "number unreadable", "no mobile number that we serve: ROWS of --csv"],
  ["without-id", "record without an id", "ROWS of --csv"],
];

const OTHERS: readonly (readonly [Finding, label: string, advice: string])[] = [
  ["unsure-by-phone", "number of another user", "perhaps one person: ROWS of --csv"],
  ["stopped-with-active-user", "stopped, user active", "the password still works: ROWS of --csv"],
  ["wiped-link", "links wiped", "by a migration; the next login mends them"],
  ["name-drift", "name differs", "doorstep sync"],
  ["phone-drift", "phone differs", "doorstep sync"],
];

/** No command mends these. */
const OF_THE_BACKEND: readonly (readonly [Finding, label: string, advice: string])[] = [
  ["staff-number", "number of staff", "customers get no staff record"],
  ["shared-id", "customers share an id", "see --csv"],
];

/** The rows of the CSV for a line, in place of `ROWS`. */
const REASONS_OF: Readonly<Partial<Record<Standing | Finding, readonly PersonReason[]>>> = {
  contradicts: CONTRADICTIONS,
  "switched-off": ["switched-off"],
  unreadable: ["unreadable"],
  "without-id": ["without-id"],
  "unsure-by-phone": ["unsure-by-phone"],
  "stopped-with-active-user": ["stopped-with-active-user"],
};

function withRows(advice: string, rows: RowCounts, reasons: readonly PersonReason[]): string {
  const range = rangeOf(rows, reasons);
  if (range === null) return advice.replace("ROWS of", "see");
  const { from, to } = range;
  return advice.replace("ROWS", from === to ? `row ${from}` : `rows ${from}-${to}`);
}

const linesOf = <Name extends Standing | Finding>(
  counts: Readonly<Record<Name, number>>,
  lines: readonly (readonly [Name, string, string])[],
  rows: RowCounts,
): readonly AuditLine[] =>
  lines.map(([name, label, advice]) => ({
    label,
    count: counts[name],
    advice: withRows(advice, rows, REASONS_OF[name] ?? []),
  }));

export interface AuditWords {
  readonly can: readonly AuditLine[];
  readonly cannot: readonly AuditLine[];
  readonly others: readonly AuditLine[];
  /** Faults of records that no command mends. */
  readonly backend: readonly AuditLine[];
}

/** Every number of the report with its words. */
export function auditWords(report: AuditReport): AuditWords {
  const passwords = report.users_with_published_password;
  return {
    can: linesOf(report.standings, CAN, report.csv_rows),
    cannot: linesOf(report.standings, CANNOT, report.csv_rows),
    others: [
      line(
        "no delivery record",
        report.users_without_delivery_record,
        withRows("ROWS of --csv: doorstep adopt", report.csv_rows, ["no-delivery-record"]),
      ),
      ...linesOf(report.findings, OTHERS, report.csv_rows),
      ...(passwords === null
        ? []
        : [line("published password", passwords, "doorstep close-passwords")]),
    ],
    backend: [
      ...linesOf(report.findings, OF_THE_BACKEND, report.csv_rows),
      line("users share an id", report.users_with_shared_id, "none of them can be linked"),
      line("users without an id", report.users_without_id, "none of them can be linked"),
      line("e-mail refused", report.users_with_refused_email, "breaks the backend's user list"),
    ],
  };
}

const line = (label: string, count: number, advice: string): AuditLine => ({
  label,
  count,
  advice,
});

const NEXT: Readonly<Record<string, string>> = {
  "doorstep link": "shows the plan; each run can be undone",
  "doorstep link --by-phone": "shows the plan; each run can be undone",
  "doorstep audit --csv FILE": "writes the records that need a decision",
  "doorstep adopt": "users without a delivery record",
  "doorstep sync": "names and phones from customers_v2",
  "doorstep close-passwords": "removes published passwords",
  "doorstep audit --passwords": "looks for published passwords; takes a while",
};

export function nextLine({ next }: AuditReport): string {
  return next === null ? "NEXT  nothing to do" : `NEXT  ${next}   ${NEXT[next] ?? ""}`.trimEnd();
}

/** Changes since the last run, in a few words; null where there are none. */
export function sinceLine(before: AuditReport, now: AuditReport): string | null {
  const pairs: readonly (readonly [string, number, number])[] = [
    ["can sign in", before.can_sign_in, now.can_sign_in],
    ["customers", before.customers, now.customers],
    ["linked", before.standings.linked, now.standings.linked],
    ["contradict", before.standings.contradicts, now.standings.contradicts],
    ["users", before.users, now.users],
  ];
  const changes = pairs
    .filter(([, was, is]) => was !== is)
    .map(([label, was, is]) => `${label} ${is > was ? "+" : ""}${is - was}`);
  const day = before.at.slice(0, 16).replace("T", " ");
  return `since ${day} UTC: ${changes.length === 0 ? "no change" : changes.join(", ")}`;
}
