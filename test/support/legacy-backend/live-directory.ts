import { objectIdKey } from "../../../src/adapters/sqlite/extended-json.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { type StoredDocument, withChange } from "../../../src/core/linking/documents.ts";
import {
  checkFieldQuestion,
  checkOwnershipQuestion,
  fieldIn,
  ownsAll,
} from "../../../src/core/linking/ownership.ts";
import { objectIdAt } from "../../../src/core/linking/published-password.ts";
import type { Directory, WriteOutcome } from "../../../src/ports/directory.ts";
import type { Ownership } from "../../../src/ports/ownership.ts";
import type { LegacyData } from "./data.ts";
import type { Fields } from "./filter.ts";

type Clauses = Readonly<Record<string, readonly (string | number)[]>>;
/** The clause that asks by `_id`. */
const KEY = "_id";
type Change = Parameters<Directory["changeUser"]>[2];

/**
 * The stand-in's own documents as the gateway's directory: what a route writes, the gateway reads
 * with its next command, and the other way round.
 */
export function liveDirectory(data: LegacyData): Directory {
  const objectIds = new WeakMap<Fields, string>();
  const objectIdOf = (document: Fields): string => {
    const known = objectIds.get(document) ?? newObjectId(Date.now());
    objectIds.set(document, known);
    return known;
  };
  // The documents of the start are old; a route's are as old as they are.
  for (const document of [...data.users, ...data.customers_v2]) {
    objectIds.set(document, newObjectId(STARTED_AT));
  }
  const keyOf = (document: Fields) => objectIdKey(objectIdOf(document));
  const find = (all: readonly Fields[], clauses: Clauses): StoredDocument[] =>
    all
      .filter((document) => isWanted({ ...document, [KEY]: keyOf(document) }, clauses))
      .map((document) => ({
        key: keyOf(document),
        objectId: objectIdOf(document),
        fields: structuredClone(document),
        idShared: all.some((other) => other !== document && other["id"] === document["id"]),
      }));
  const write = (
    all: readonly Fields[],
    read: StoredDocument,
    guards: readonly string[],
    change: Change,
  ): WriteOutcome => {
    const stored = all.find((document) => keyOf(document) === read.key);
    const isAsRead = (name: string) => textOf(stored ?? {}, name) === textOf(read.fields, name);
    if (stored === undefined || !["id", ...guards].every(isAsRead)) return "lost";
    const { fields } = withChange({ ...read, fields: stored }, change);
    for (const name of Object.keys(stored)) delete stored[name];
    Object.assign(stored, fields);
    return "applied";
  };
  return {
    async findUsers(query) {
      const { ids = [], objectIds: hex = [], customerIds = [] } = query;
      const { emails = [], marks = [], phones = [], roles = [] } = query;
      const ties = { customer_v2_id: customerIds, doorstep_customer_id: marks };
      const named = { id: ids, ...ties, email: emails };
      const all = { ...named, phone: phones, role: roles, [KEY]: hex.map(objectIdKey) };
      return find(data.users, all);
    },
    async findCustomers({ ids = [], userIds = [], phones = [], keys = [] }) {
      return find(data.customers_v2, { id: ids, user_id: userIds, phone: phones, [KEY]: keys });
    },
    scanCustomers: async (matches, { maxDocuments }) =>
      data.customers_v2
        .slice(0, maxDocuments)
        .filter(({ phone }) => matches(phone))
        .map(keyOf),
    changeUser: async (read, guards, change) => write(data.users, read, guards, change),
    changeCustomer: async (read, guards, change) => write(data.customers_v2, read, guards, change),
    async insertUser(objectId, fields) {
      const made = { ...fields };
      objectIds.set(made, objectId);
      data.users.push(made);
      return "inserted";
    },
    async pageOf(collection, after, limit) {
      const all: readonly Fields[] = data[collection];
      const keys = all.map(keyOf).sort();
      const page = keys.filter((key) => after === null || key > after).slice(0, limit);
      const found = find(all, { [KEY]: page });
      return found.sort((one, other) => (one.key < other.key ? -1 : 1));
    },
    changeMany: async (collection, writes) =>
      writes.map(({ change, guards, read }) => write(data[collection], read, guards, change)),
    // The gateway inserts no customer and removes no document: operators' commands do, elsewhere.
    insertCustomer: async () => unused(),
    removeDocument: async () => unused(),
    check: async () => undefined,
  };
}

const STARTED_AT = Date.parse("2026-01-01T00:00:00Z");

/** As a driver makes it: the second, then chance. */
const newObjectId = (epochMs: number): string =>
  objectIdAt(epochMs).slice(0, 8) + toHex(crypto.getRandomValues(new Uint8Array(8)));

function unused(): never {
  throw new Error("the gateway does not ask this of the stand-in");
}

const isWanted = (document: Fields, clauses: Clauses): boolean =>
  Object.entries(clauses).some(([name, values]) => values.some((one) => one === document[name]));

const textOf = (fields: Fields, name: string): string | undefined =>
  Object.hasOwn(fields, name) ? JSON.stringify(fields[name]) : undefined;

/** Ownership in every collection of the stand-in's; the judgement is the gateway's own. */
export function liveOwnership(data: LegacyData): Ownership {
  const all: Readonly<Record<string, readonly Fields[]>> = data;
  return {
    async isOwner(question) {
      checkOwnershipQuestion(question);
      const { collection, id } = question;
      const named = (all[collection] ?? []).filter((document) => document["id"] === id);
      return ownsAll(named, question);
    },
    async readField(question) {
      checkFieldQuestion(question);
      const { collection, id } = question;
      return fieldIn(
        (all[collection] ?? []).filter((document) => document["id"] === id),
        question,
      );
    },
  };
}
