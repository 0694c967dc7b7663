import type { ConflictEvidence } from "../../core/failure.ts";
import type { Customer, StoredDocument, User } from "../../core/linking/documents.ts";

/** Why a customer's records contradict each other. */
export type Because = ConflictEvidence["because"];

/** The customer's records contradict each other. */
export const CONTRADICTIONS = [
  "duplicate-customer-id",
  "unusable-user",
  "several-users",
  "belongs-to-another",
  "phone-differs",
  "no-witness",
  "no-free-email",
] as const satisfies readonly Because[];

/** A decision in the file settles these; the others need another command, or the backend. */
export const DECIDED_REASONS = [...CONTRADICTIONS, "by-phone-only", "unsure-by-phone"] as const;

/** Why a person must look at a record, in the order in which the records are listed. */
export const PERSON_REASONS = [
  ...DECIDED_REASONS,
  "switched-off",
  "stopped-with-active-user",
  "unreadable",
  "without-id",
  "no-delivery-record",
] as const;

export type PersonReason = (typeof PERSON_REASONS)[number];

/**
 * A customer and one of the users about whom a person decides; several users are several rows. A
 * user without a delivery record stands alone.
 */
export interface PersonRow {
  readonly reason: PersonReason;
  /** The customer's document; null: there is none. */
  readonly document: StoredDocument | null;
  /** Null where the document has no `id`, or there is none. */
  readonly customer: Customer | null;
  readonly user: User | null;
}

/** Rows by reason. */
export type RowCounts = Readonly<Partial<Record<PersonReason, number>>>;

export interface RowOptions {
  onRow(row: PersonRow): void | Promise<void>;
}

/** A part of the whole list, counted from 1; null where no row has one of the reasons. */
export function rangeOf(
  rows: RowCounts,
  reasons: readonly PersonReason[],
): { readonly from: number; readonly to: number } | null {
  const of = (some: readonly PersonReason[]) =>
    some.reduce((sum, reason) => sum + (rows[reason] ?? 0), 0);
  const first = PERSON_REASONS.findIndex((reason) => reasons.includes(reason));
  const before = of(PERSON_REASONS.slice(0, first));
  const count = of(reasons);
  return count === 0 ? null : { from: before + 1, to: before + count };
}
