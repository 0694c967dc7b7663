import type { RawDocument } from "../../contract/directory/directory-instance.ts";
import { type LegacyState, madeFor } from "./legacy-ids.ts";

/** A token that was given out: `sub` and `customer_v2_id`. */
export interface Issued {
  readonly userId: string;
  readonly customerId: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** A document's key as text, worked out once: a model asks a million times. */
const keys = new WeakMap<RawDocument, string>();
function keyOf(document: RawDocument): string {
  const key = keys.get(document) ?? JSON.stringify(document._id);
  keys.set(document, key);
  return key;
}
const byKey = (documents: readonly RawDocument[]): Map<string, RawDocument> =>
  new Map(documents.map((document) => [keyOf(document), document]));
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const shown = (value: unknown): string => JSON.stringify(value) ?? "missing";
const isReserved = (email: unknown): boolean =>
  isText(email) && /(^[^@]*$|@[^.]*$|\.(local|invalid|test|onion)$)/.test(email);

/** Names of the fields whose values differ, types and missing fields included. */
function changedFields(before: Fields, after: Fields): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/**
 * What must hold for tokens: each names a user and a customer that exist once, agree on both sides,
 * may log in, and share their link with nobody.
 */
export function tokenFaults(documents: LegacyState, issued: readonly Issued[]): string[] {
  return issued.flatMap((token) => {
    const { customerId, userId } = token;
    const users = documents.users.filter(({ id }) => id === userId);
    const customers = documents.customers_v2.filter(({ id }) => id === customerId);
    const [user, customer] = [users[0], customers[0]];
    const rivals = documents.users.filter(
      (other) => other !== user && other.customer_v2_id === customerId && points(customer, other),
    );
    const claimants = documents.customers_v2.filter(
      (other) =>
        other !== customer && other.user_id === userId && user?.customer_v2_id === other.id,
    );
    const broken = {
      "the user is not exactly one": users.length !== 1,
      "the customer is not exactly one": customers.length !== 1,
      "the user has no id": !isText(userId),
      "the user is no customer": user?.role !== "customer",
      "the user is inactive": user?.is_active === false,
      "the customer is stopped": customer?.status === "stopped",
      "the user does not name the customer": user?.customer_v2_id !== customerId,
      "the customer does not name the user": customer?.user_id !== userId,
      "another user is linked with the customer": rivals.length > 0,
      "another customer is linked with the user": claimants.length > 0,
    };
    const names = Object.entries(broken).flatMap(([what, is]) => (is ? [what] : []));
    return names.map((what) => `token ${shown(token)}: ${what}`);
  });
}

const points = (customer: RawDocument | undefined, user: RawDocument): boolean =>
  isText(customer?.user_id) &&
  (customer.user_id === user.id || customer.user_id === (user._id as { $oid?: string }).$oid);

/** No two customers share a user and no two users a customer, of all the tokens of a world. */
export function sharedLinks(issued: readonly Issued[]): string[] {
  const faults: string[] = [];
  for (const one of issued) {
    for (const other of issued) {
      const same = one.userId === other.userId && one.customerId === other.customerId;
      const shared = one.userId === other.userId || one.customerId === other.customerId;
      if (shared && !same) faults.push(`two links share a side: ${shown([one, other])}`);
    }
  }
  return faults;
}

/**
 * What a single write of the gateway must not have done.
 *
 * @param alone false where legacy writers are about: they may undo between two writes what an
 *   insert relies on
 */
export function writeFaults(before: LegacyState, after: LegacyState, alone = true): string[] {
  return [
    ...collectionFaults(before, after, "customers_v2", customerChange),
    ...collectionFaults(before, after, "users", userChange),
    ...insertFaults(before, after, alone),
  ];
}

function collectionFaults(
  before: LegacyState,
  after: LegacyState,
  collection: keyof LegacyState,
  judge: (was: RawDocument, is: RawDocument, all: LegacyState) => readonly string[],
): string[] {
  const now = byKey(after[collection]);
  return before[collection].flatMap((was) => {
    const is = now.get(keyOf(was));
    if (is === undefined) return [`${collection} ${shown(was)} is gone`];
    if (was === is || changedFields(was, is).length === 0) return [];
    return judge(was, is, before).map(
      (what) => `${collection} ${shown(was)} -> ${shown(is)}: ${what}`,
    );
  });
}

function customerChange(was: RawDocument, is: RawDocument): string[] {
  const fields = changedFields(was, is).filter((name) => !["user_id", "updated_at"].includes(name));
  const faults = fields.map((name) => `${name} is not ours to change`);
  if (!isText(is.user_id)) faults.push("the pointer was taken away");
  return faults;
}

/** Fields of a user whom we did not make. */
const LINK_FIELDS = [
  ...["customer_v2_id", "doorstep_customer_id", "updated_at"],
  ...["email", "password", "password_hash"],
];

function userChange(was: RawDocument, is: RawDocument, before: LegacyState): string[] {
  const changed = changedFields(was, is);
  const faults = changed
    .filter((name) => !LINK_FIELDS.includes(name))
    .map((name) => `${name} is not ours to change`);
  if (was.role !== "customer") faults.push("it is a staff record");
  if (!isText(was.id)) faults.push("it has no id");
  if (before.users.filter(({ id }) => id === was.id).length > 1)
    faults.push("its id is not its own");
  const secrets = ["password", "password_hash"].filter((name) => changed.includes(name));
  if (changed.includes("email")) {
    const taken = isReserved(was.email) && !isReserved(is.email);
    const returned = !isReserved(was.email) && isReserved(is.email);
    if (!taken && !returned) faults.push("its e-mail was good");
    if (taken && ("password" in is || "password_hash" in is)) faults.push("a password was left");
  } else if (secrets.length > 0) faults.push("its password was taken without its e-mail");
  return faults;
}

const REQUIRED = ["id", "email", "name", "phone", "role", "is_active", "customer_v2_id"] as const;

function insertFaults(before: LegacyState, after: LegacyState, alone: boolean): string[] {
  const known = byKey(before.users);
  const inserted = after.users.filter((user) => !known.has(keyOf(user)));
  const faults = inserted.flatMap((user) => {
    const customer = after.customers_v2.find(({ id }) => id === user.customer_v2_id);
    const made = madeFor(String(user.customer_v2_id));
    const wrong = {
      "a field is missing": REQUIRED.some(
        (name) => user[name] === undefined || user[name] === null,
      ),
      "it has a password": "password" in user || "password_hash" in user,
      "it is called otherwise than U* and O*":
        user.id !== made.userId || keyOf(user) !== JSON.stringify({ $oid: made.objectId }),
      "it is for nobody": alone && customer === undefined,
      "its customer does not point at it": alone && customer?.user_id !== user.id,
      "it is no active customer": user.role !== "customer" || user.is_active !== true,
      "its e-mail breaks the legacy lists": !isText(user.email) || isReserved(user.email),
      "its phone is not ten digits": !/^[6-9]\d{9}$/.test(String(user.phone)),
      "its times are not ISO": [user.created_at, user.updated_at].some(
        (time) => new Date(String(time)).toISOString() !== time,
      ),
      "nobody can tell who made it": user.created_by !== "doorstep",
      "its id was taken": alone && before.users.some(({ id }) => id === user.id),
    };
    const names = Object.entries(wrong).flatMap(([what, is]) => (is ? [what] : []));
    return names.map((what) => `inserted ${shown(user)}: ${what}`);
  });
  if (after.customers_v2.length > before.customers_v2.length)
    faults.push("a customer was inserted");
  return faults;
}

/** Documents that differ, `updated_at` apart: for "nothing written", and for what was given back. */
export function differences(before: LegacyState, after: LegacyState): string[] {
  return (["customers_v2", "users"] as const).flatMap((collection) => {
    const [was, is] = [byKey(before[collection]), byKey(after[collection])];
    const keys = new Set([...was.keys(), ...is.keys()]);
    return [...keys].flatMap((key) => {
      const fields = changedFields(was.get(key) ?? {}, is.get(key) ?? {});
      const real = fields.filter((name) => name !== "updated_at");
      const [from, to] = [was.get(key), is.get(key)];
      return real.length > 0 ? [`${collection} ${shown(from)} -> ${shown(to)}`] : [];
    });
  });
}

/** Staff: everybody whose role is not exactly `customer`. None of their fields may change. */
export function staffFaults(before: LegacyState, after: LegacyState): string[] {
  const now = byKey(after.users);
  return before.users
    .filter(({ role }) => role !== "customer")
    .filter((was) => JSON.stringify(now.get(keyOf(was))) !== JSON.stringify(was))
    .map((was) => `staff ${shown(was)} -> ${shown(now.get(keyOf(was)))}`);
}
