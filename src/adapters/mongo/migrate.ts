import {
  describeIndex,
  type ExistingIndex,
  isOnField,
  keepsUnique,
  nameOf,
  refusesEmpty,
  servesLookUps,
  WANTED,
  type WantedIndex,
} from "./indexes.ts";

/** The database operations of a migration; `mongoIndexes` has those of a real one. */
export interface IndexStore {
  list(collection: string): Promise<readonly ExistingIndex[]>;
  /** Non-empty texts that several documents share: for some of them, the documents' `id`s. */
  shared(collection: string, field: string): Promise<readonly (readonly string[])[]>;
  /** `duplicate`: the documents forbid it; `conflict`: an index with other options exists. */
  create(wanted: WantedIndex, name: string): Promise<"created" | "duplicate" | "conflict">;
  /** Makes a former index again. */
  restore(collection: string, index: ExistingIndex): Promise<void>;
  drop(collection: string, name: string): Promise<void>;
}

export interface MigrationOptions {
  /** False: only a plan, no write. */
  readonly apply: boolean;
  /** Drops conflicting indexes, once ours exists in their place. */
  readonly replace: boolean;
}

/**
 * `present`: nothing to do; `missing`: `apply` makes it; `created`: it was made; `blocked`: another
 * definition exists, `replace` drops it; `replaceable`: `apply` would replace it; `replaced`: it
 * was; `impossible`: the documents forbid it.
 */
export type IndexState =
  | "present"
  | "missing"
  | "created"
  | "blocked"
  | "replaceable"
  | "replaced"
  | "impossible";

export interface IndexRow {
  readonly collection: string;
  readonly field: string;
  readonly name: string;
  readonly unique: boolean;
  readonly state: IndexState;
  /** Names of the indexes that this one replaced. */
  readonly dropped: readonly string[];
  /** The obstacle, or the part that is left undone. */
  readonly because: string | null;
}

export interface MigrationReport {
  readonly applied: boolean;
  readonly indexes: readonly IndexRow[];
}

const DONE: ReadonlySet<IndexState> = new Set(["present", "created", "replaced"]);

/** Whether an operator has something left to do or to decide. */
export const hasFindings = ({ indexes }: MigrationReport): boolean =>
  indexes.some(({ because, state }) => because !== null || !DONE.has(state));

/**
 * Makes the indexes for the directory's look-ups, one after the other. Safe to repeat and to run
 * beside live logins. It names the indexes that it cannot make, and drops none unless told to.
 */
export async function migrate(
  store: IndexStore,
  options: MigrationOptions,
): Promise<MigrationReport> {
  const indexes: IndexRow[] = [];
  for (const wanted of WANTED) indexes.push(await settle(store, wanted, options));
  return { applied: options.apply, indexes };
}

async function settle(
  store: IndexStore,
  wanted: WantedIndex,
  options: MigrationOptions,
): Promise<IndexRow> {
  const existing = await store.list(wanted.collection);
  const harmful = existing.filter((index) => refusesEmpty(index, wanted));
  if (!wanted.unique) {
    const served = existing.find((index) => servesLookUps(index, wanted.field));
    return served ? present(wanted, served.name) : make(store, wanted, options);
  }
  const kept = existing.find((index) => keepsUnique(index, wanted));
  if (kept && harmful.length === 0) return present(wanted, kept.name);
  const shared = kept ? [] : await store.shared(wanted.collection, wanted.field);
  if (shared.length > 0) return settleForPlain(store, wanted, options, existing, shared);
  const conflicting = kept ? harmful : existing.filter((index) => isOnField(index, wanted.field));
  if (conflicting.length === 0) return make(store, wanted, options);
  if (!options.replace) return row(wanted, "blocked", conflictOf(conflicting, wanted));
  if (!options.apply) return row(wanted, "replaceable", conflictOf(conflicting, wanted));
  return replace(store, wanted, conflicting);
}

/** Not unique while documents share a value; look-ups use the index all the same. */
async function settleForPlain(
  store: IndexStore,
  wanted: WantedIndex,
  options: MigrationOptions,
  existing: readonly ExistingIndex[],
  shared: readonly (readonly string[])[],
): Promise<IndexRow> {
  const because = sharingOf(wanted, shared);
  if (existing.some((index) => servesLookUps(index, wanted.field))) {
    return row(wanted, "impossible", because);
  }
  const plain = await make(store, { ...wanted, unique: false }, options);
  return { ...plain, because };
}

async function make(
  store: IndexStore,
  wanted: WantedIndex,
  { apply }: MigrationOptions,
): Promise<IndexRow> {
  if (!apply) return row(wanted, "missing", null);
  const outcome = await store.create(wanted, nameOf(wanted.field, wanted.unique));
  if (outcome === "created") return row(wanted, "created", null);
  return outcome === "duplicate"
    ? row(wanted, "impossible", "documents share a value, inside an array or since they were read")
    : row(wanted, "blocked", "an index with this name or key has other options");
}

/**
 * Ours first, so that uniqueness never lapses; a server that allows no second index gets it after.
 */
async function replace(
  store: IndexStore,
  wanted: WantedIndex,
  conflicting: readonly ExistingIndex[],
): Promise<IndexRow> {
  const name = nameOf(wanted.field, true);
  const beside = await store.create(wanted, name);
  if (beside === "duplicate") return row(wanted, "impossible", "documents share a value");
  for (const index of conflicting) await store.drop(wanted.collection, index.name);
  if (beside === "created" || (await store.create(wanted, name)) === "created") {
    const dropped = conflicting.map((index) => index.name);
    return { ...row(wanted, "replaced", null), dropped };
  }
  for (const index of conflicting) await store.restore(wanted.collection, index);
  return row(wanted, "impossible", "the server refused it, and the former index was restored");
}

function row(wanted: WantedIndex, state: IndexState, because: string | null): IndexRow {
  const { collection, field, unique } = wanted;
  return { collection, field, name: nameOf(field, unique), unique, state, dropped: [], because };
}

const present = (wanted: WantedIndex, name: string): IndexRow => ({
  ...row(wanted, "present", null),
  name,
});

function conflictOf(conflicting: readonly ExistingIndex[], wanted: WantedIndex): string {
  const standing = conflicting.map(describeIndex).join(" and ");
  const harm = conflicting.some((index) => refusesEmpty(index, wanted))
    ? `: it admits one document without ${wanted.field} and refuses the next`
    : "";
  return `${standing} stands on this field${harm}; --replace drops it`;
}

/** Ids as JSON: a document's id may hold any text, a terminal's commands included. */
function sharingOf({ field }: WantedIndex, shared: readonly (readonly string[])[]): string {
  const groups = shared.map((ids) => ids.map((id) => JSON.stringify(id)).join(" = "));
  return `not unique: documents share one ${field}: ${groups.join("; ")}`.replace(/\p{C}/gu, "?");
}
