/** An index as `listIndexes` describes it: what of it matters here. */
export interface ExistingIndex {
  readonly name: string;
  readonly key: Readonly<Record<string, string | number>>;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly hidden?: boolean;
  readonly partialFilterExpression?: Readonly<Record<string, unknown>>;
  readonly collation?: { readonly locale?: string };
}

export interface WantedIndex {
  readonly collection: "users" | "customers_v2";
  readonly field: string;
  /** At most one document for each non-empty text. */
  readonly unique: boolean;
  /** Whether many documents lack the field: an index that takes null for a value admits one. */
  readonly nullable: boolean;
}

/** One for each way in which the directory looks a document up. None is needed to be right. */
export const WANTED: readonly WantedIndex[] = [
  { collection: "customers_v2", field: "id", unique: true, nullable: false },
  { collection: "customers_v2", field: "phone", unique: false, nullable: true },
  { collection: "customers_v2", field: "user_id", unique: true, nullable: true },
  { collection: "users", field: "id", unique: true, nullable: false },
  { collection: "users", field: "customer_v2_id", unique: true, nullable: true },
  { collection: "users", field: "doorstep_customer_id", unique: false, nullable: true },
  { collection: "users", field: "phone", unique: false, nullable: true },
  { collection: "users", field: "email", unique: false, nullable: true },
];

/**
 * Texts that are not empty. Not `$type`: the planner uses a partial index for `$in` only where it
 * can derive the expression from each value, and it derives comparisons alone.
 */
export const nonEmptyText = (field: string) => ({ [field]: { $gt: "" } });

/**
 * A plain index has MongoDB's own name for it, so that the backend making it too is no conflict; a
 * unique one has a name of ours, so that the backend's `user_id_1` may come and go beside it.
 */
export const nameOf = (field: string, unique: boolean): string =>
  unique ? `doorstep_${field}_unique` : `${field}_1`;

/** Whether look-ups by the field may use the index, whatever else it is for. */
export function servesLookUps(index: ExistingIndex, field: string): boolean {
  const [first] = Object.entries(index.key);
  return (
    first?.[0] === field &&
    (first[1] === 1 || first[1] === -1 || first[1] === "hashed") &&
    index.hidden !== true &&
    !hasCollation(index) &&
    (index.partialFilterExpression === undefined || isOurs(index, field))
  );
}

/** Whether it is an index on the field alone, with whatever options. */
export function isOnField(index: ExistingIndex, field: string): boolean {
  const entries = Object.entries(index.key);
  return entries.length === 1 && entries[0]?.[0] === field && typeof entries[0][1] === "number";
}

/** Whether the index keeps the promise that is wanted, without refusing documents that lack the field. */
export function keepsUnique(index: ExistingIndex, { field, nullable }: WantedIndex): boolean {
  if (!isOnField(index, field) || index.unique !== true || !servesLookUps(index, field))
    return false;
  return !nullable || isOurs(index, field);
}

/** Whether it admits one document without the field and refuses the next. */
export function refusesEmpty(index: ExistingIndex, { field, nullable }: WantedIndex): boolean {
  return (
    nullable &&
    isOnField(index, field) &&
    index.unique === true &&
    index.partialFilterExpression === undefined
  );
}

/** What an operator calls it. */
export function describeIndex(index: ExistingIndex): string {
  const options = [
    index.unique === true ? "unique" : "not unique",
    index.sparse === true ? "sparse" : null,
    index.partialFilterExpression === undefined ? null : "partial",
    index.hidden === true ? "hidden" : null,
    hasCollation(index) ? "with a collation" : null,
  ];
  return `${index.name} (${options.filter((option) => option !== null).join(", ")})`;
}

const isOurs = ({ partialFilterExpression }: ExistingIndex, field: string): boolean =>
  JSON.stringify(partialFilterExpression) === JSON.stringify(nonEmptyText(field));

const hasCollation = ({ collation }: ExistingIndex): boolean =>
  collation !== undefined && collation.locale !== "simple";
