import type { LinkResult } from "../../flows/operator/apply-links.ts";
import type { PlannedLink } from "../../flows/operator/plan-links.ts";
import { countOf } from "./count.ts";
import { screenOf } from "./printable.ts";

export interface LinkCounts {
  readonly planned: Record<PlannedLink["evidence"], number>;
  readonly results: Record<LinkResult, number>;
}

export const noCounts = (): LinkCounts => ({
  planned: { id: 0, phone: 0, mark: 0 },
  results: { linked: 0, marked: 0, meanwhile: 0, changed: 0 },
});

const EVIDENCE: Readonly<Record<PlannedLink["evidence"], string>> = {
  id: "an id names the other record",
  phone: "the phone and the name agree",
  mark: "linked already, gets the mark that outlives a migration",
};

interface Pair {
  readonly customer_id: string;
  readonly user_id: string;
  readonly evidence: PlannedLink["evidence"];
}

export const pairText = ({ customer_id, evidence, user_id }: Pair): string =>
  `  ${customer_id}  ${user_id}  ${EVIDENCE[evidence]}`;

interface Shown {
  readonly database: string;
  readonly isApplied: boolean;
  readonly byPhone: boolean;
  readonly shown: readonly string[];
}

/** The screen of `doorstep link` without arguments. */
export function linkScreen({ planned, results }: LinkCounts, about: Shown): string {
  const { byPhone, database, isApplied, shown } = about;
  const { id, mark, phone } = planned;
  const total = id + phone + mark;
  const rows: readonly (readonly [string, number])[] = isApplied
    ? [
        ["linked", results.linked],
        ["marked", results.marked],
        ["linked by others meanwhile", results.meanwhile],
        ["changed meanwhile, left", results.changed],
      ]
    : [
        ["links by id", id],
        ...(byPhone ? [["links by phone and name", phone] as const] : []),
        ["marks of standing links", mark],
      ];
  const listed = isApplied ? results.changed : total;
  const more = listed - shown.length;
  return screenOf([
    isApplied ? `link  ${database}` : `link  ${database}  plan: ${countOf(total, "link")}`,
    ...rows.map(([label, count]) => `  ${label.padEnd(28)}${`${count}`.padStart(8)}`),
    ...shown,
    ...(more > 0 ? [`  and ${more} more; --json lists all`] : []),
  ]);
}
