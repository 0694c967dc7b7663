/** The relevant part of an index in `listIndexes`. */
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
  /**
   * Whether many documents lack the field: an index that treats null as a value admits one of them.
   */
  readonly nullable: boolean;
}

/** One index for each kind of look-up of the directory. None is needed for correctness. */
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
 * can derive the expression from each value, and it derives only comparisons.
 */
export const nonEmptyText = (field: string) => ({ [field]: { $gt: "" } });

/**
 * A plain index has MongoDB's own name, so that the backend may make the same index; a unique one
 * has a name of ours, so that the backend's `user_id_1` may come and go beside it.
 */
export const nameOf = (field: string, unique: boolean): string =>
  unique ? `doorstep_${field}_unique` : `${field}_1`;

/** Whether look-ups by the field may use the index. */
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

/** Whether the index is on the field alone, with any options. */
export function isOnField(index: ExistingIndex, field: string): boolean {
  const entries = Object.entries(index.key);
  return entries.length === 1 && entries[0]?.[0] === field && typeof entries[0][1] === "number";
}

/** Whether the index enforces uniqueness as wanted, and admits documents that lack the field. */
export function keepsUnique(index: ExistingIndex, { field, nullable }: WantedIndex): boolean {
  if (!isOnField(index, field) || index.unique !== true || !servesLookUps(index, field))
    return false;
  return !nullable || isOurs(index, field);
}

/** Whether the index admits one document without the field and refuses the next. */
export function refusesEmpty(index: ExistingIndex, { field, nullable }: WantedIndex): boolean {
  return (
    nullable &&
    isOnField(index, field) &&
    index.unique === true &&
    index.partialFilterExpression === undefined
  );
}

/** The index in an operator's words. */
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
