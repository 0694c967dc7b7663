import {
  type Customer,
  readCustomer,
  type StoredDocument,
} from "../../../core/linking/documents.ts";
import { decideLink } from "../../../core/linking/link-decision.ts";
import {
  candidatesOf,
  FINDINGS,
  type Finding,
  findingsOf,
  STANDINGS,
  type Standing,
  standingOf,
} from "../../../core/linking/standing.ts";
import type { LinkFacts } from "../../../core/linking/ties.ts";
import type { Gateway } from "../../gateway.ts";
import type { Because, PersonReason, PersonRow, RowCounts, RowOptions } from "../person-rows.ts";
import { pagesOf } from "../reading/pages.ts";
import { readLinkFactsOfMany } from "../reading/read-link-facts-of-many.ts";
import type { DirectorySurvey } from "../reading/survey-directory.ts";

type Ports = Pick<Gateway, "directory" | "rules" | "runtime">;

export interface CustomerCounts {
  readonly customers: number;
  readonly standings: Readonly<Record<Standing, number>>;
  readonly contradictions: Readonly<Partial<Record<Because, number>>>;
  readonly findings: Readonly<Record<Finding, number>>;
  /** The rows that were given to `onRow`. */
  readonly rows: RowCounts;
}

export interface AuditOptions extends RowOptions {
  /** @param done the customers that have been read so far */
  onProgress(done: number): void;
}

/** Counts every customer once, by standing, and lists those that need a person. Reads only. */
export async function auditCustomers(
  gateway: Ports,
  survey: DirectorySurvey,
  options: AuditOptions,
): Promise<CustomerCounts> {
  const counts = {
    customers: 0,
    standings: zeros(STANDINGS),
    contradictions: {} as Partial<Record<Because, number>>,
    findings: zeros(FINDINGS),
    rows: {} as Partial<Record<PersonReason, number>>,
  };
  for await (const page of pagesOf(gateway, "customers_v2")) {
    for (const judged of await judgePage(gateway, page, survey)) {
      counts.customers++;
      counts.standings[judged.standing]++;
      for (const finding of judged.findings) counts.findings[finding]++;
      const { because, rows } = judged;
      if (because !== null)
        counts.contradictions[because] = 1 + (counts.contradictions[because] ?? 0);
      for (const row of rows) {
        counts.rows[row.reason] = 1 + (counts.rows[row.reason] ?? 0);
        await options.onRow(row);
      }
    }
    options.onProgress(counts.customers);
  }
  return counts;
}

const zeros = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

interface Judged {
  readonly standing: Standing;
  readonly because: Because | null;
  readonly findings: readonly Finding[];
  readonly rows: readonly PersonRow[];
}

/** A customer whose phone changes between the reads of a page is read again, so many times. */
const MAX_TRIES = 5;

async function judgePage(
  gateway: Ports,
  page: readonly StoredDocument[],
  survey: DirectorySurvey,
): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  let documents = page;
  for (let tries = 1; documents.length > 0; tries++) {
    const customers = documents.map((document) => readCustomer(document, gateway.rules.phone));
    const known = customers.filter((customer) => customer !== null);
    const facts = await readLinkFactsOfMany(gateway, known, survey);
    const moved: StoredDocument[] = [];
    for (const [at, document] of documents.entries()) {
      const customer = customers[at] ?? null;
      const one = facts.get(document.key) ?? null;
      const isMoved = one === null && customer !== null && customer.phone !== null;
      if (isMoved && tries < MAX_TRIES) moved.push(document);
      else judged.push(customer === null ? withoutId(document) : judge(customer, one));
    }
    documents =
      moved.length === 0
        ? []
        : await gateway.directory.findCustomers({ keys: moved.map(({ key }) => key) });
  }
  return judged;
}

function withoutId(document: StoredDocument): Judged {
  const row = { reason: "without-id", document, customer: null, user: null } as const;
  return { standing: "without-id", because: null, findings: [], rows: [row] };
}

function judge(read: Customer, facts: LinkFacts | null): Judged {
  const customer = facts?.customer ?? read;
  const standing = standingOf(customer, facts);
  const findings = facts === null ? [] : findingsOf(facts);
  const because = facts === null ? null : becauseOf(facts, standing);
  const reason = because ?? reasonOf(standing, findings);
  if (reason === null) return { standing, because, findings, rows: [] };
  const users = facts === null ? [] : candidatesOf(facts);
  const rows = users.length === 0 ? [null] : users;
  const { document } = customer;
  return {
    standing,
    because,
    findings,
    rows: rows.map((user) => ({ reason, document, customer, user })),
  };
}

function becauseOf(facts: LinkFacts, standing: Standing): Because | null {
  if (standing !== "contradicts") return null;
  const decision = decideLink(facts);
  return decision.kind === "conflict" ? decision.evidence.because : null;
}

function reasonOf(standing: Standing, findings: readonly Finding[]): PersonReason | null {
  if (standing === "by-phone-only" || standing === "switched-off") return standing;
  if (standing === "unreadable") return standing;
  const told = ["unsure-by-phone", "stopped-with-active-user"] as const;
  return told.find((finding) => findings.includes(finding)) ?? null;
}
