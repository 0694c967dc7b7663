import type { ExistingIndex } from "../../../src/adapters/mongo/indexes.ts";
import { nonEmptyText } from "../../../src/adapters/mongo/indexes.ts";
import type { IndexStore } from "../../../src/adapters/mongo/migrate.ts";

type Documents = readonly Readonly<Record<string, unknown>>[];

export interface IndexWorld {
  readonly documents?: Readonly<Record<string, Documents>>;
  readonly indexes?: Readonly<Record<string, readonly ExistingIndex[]>>;
  /** Before MongoDB 5.0 one key has one index, whatever its options. */
  readonly oneIndexPerKey?: boolean;
}

/** Indexes as MongoDB keeps them, with everything that was done to them in order. */
export interface FakeIndexes extends IndexStore {
  readonly done: readonly string[];
  names(collection: string): string[];
}

const ID_INDEX: ExistingIndex = { name: "_id_", key: { _id: 1 } };

/** The server's rules without the server, for what the test server cannot do: it drops no index. */
export function fakeIndexes(world: IndexWorld): FakeIndexes {
  const done: string[] = [];
  const kept = new Map<string, ExistingIndex[]>();
  const of = (collection: string): ExistingIndex[] => {
    const known = kept.get(collection) ?? [ID_INDEX, ...(world.indexes?.[collection] ?? [])];
    kept.set(collection, known);
    return known;
  };
  const valuesOf = (collection: string, field: string): readonly string[] =>
    (world.documents?.[collection] ?? []).flatMap((document) => {
      const value = document[field];
      return (Array.isArray(value) ? value : [value]).filter(
        (item): item is string => typeof item === "string" && item !== "",
      );
    });
  return {
    done,
    names: (collection) => of(collection).map(({ name }) => name),
    list: async (collection) => [...of(collection)],
    async shared(collection, field) {
      const groups = Map.groupBy(world.documents?.[collection] ?? [], (one) => one[field]);
      return [...groups]
        .filter(([value, ones]) => typeof value === "string" && value !== "" && ones.length > 1)
        .map(([, ones]) => ones.map(({ id }) => String(id)));
    },
    async create({ collection, field, unique }, name) {
      const partial = unique ? { partialFilterExpression: nonEmptyText(field) } : {};
      const made: ExistingIndex = {
        name,
        key: { [field]: 1 },
        ...(unique ? { unique } : {}),
        ...partial,
      };
      if (of(collection).some((index) => isInTheWay(index, made, world))) return "conflict";
      const values = valuesOf(collection, field);
      if (unique && new Set(values).size < values.length) return "duplicate";
      of(collection).push(made);
      done.push(`create ${collection}.${name}`);
      return "created";
    },
    async restore(collection, index) {
      of(collection).push(index);
      done.push(`restore ${collection}.${index.name}`);
    },
    async drop(collection, name) {
      kept.set(
        collection,
        of(collection).filter((index) => index.name !== name),
      );
      done.push(`drop ${collection}.${name}`);
    },
  };
}

function isInTheWay(index: ExistingIndex, made: ExistingIndex, world: IndexWorld): boolean {
  const sameKey = JSON.stringify(index.key) === JSON.stringify(made.key);
  const { name: _, ...options } = index;
  const { name: __, ...wanted } = made;
  const sameOptions = JSON.stringify(options) === JSON.stringify(wanted);
  if (index.name === made.name) return !(sameKey && sameOptions);
  return sameKey && (sameOptions || world.oneIndexPerKey === true);
}
