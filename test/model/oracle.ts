import names from "../cases/names.json" with { type: "json" };
import type { RawDocument } from "../contract/directory/directory-instance.ts";
import { type LegacyState, madeFor } from "../support/linking/legacy-ids.ts";

/**
 * What LINKING.md says about one login, written from its text and from nothing of `src`: the whole
 * data at a glance, no queries, no types, no care for speed.
 */
export type Verdict =
  | {
      readonly outcome: "token";
      readonly sub: string;
      /** How the user was found; `linked` is the fast path, which writes nothing. */
      readonly by: "linked" | "id" | "phone" | "creation";
      readonly email: string | null;
    }
  | {
      readonly outcome: "customer-stopped" | "link-conflict" | "user-inactive";
      /** No evidence speaks against the login; a write of it finds a unique key taken. */
      readonly atWrite?: true;
    };

interface Question {
  readonly state: LegacyState;
  /** C, a text. */
  readonly customerId: string;
  /** P, ten digits. */
  readonly phone: string;
  readonly now: number;
  readonly unique: boolean;
}

/** Ten digits of an Indian mobile number however LEGACY 3 spells it, or null. */
export function nationalOf(phone: unknown): string | null {
  const text = typeof phone === "number" ? String(phone) : phone;
  if (typeof text !== "string") return null;
  const digits = text.replace(/\.0$/, "").replace(/[\s+-]/g, "");
  return /^(91|0)?([6-9]\d{9})$/.exec(digits)?.[2] ?? null;
}

/** The number in an e-mail of the import's pattern; a spreadsheet's has a zero more. */
function importedPhone({ email }: RawDocument): string | null {
  const digits = /^(\d+)@customer\.earlybird\.com$/.exec(String(email))?.[1] ?? "";
  return nationalOf(digits) ?? nationalOf(digits.replace(/0$/, ""));
}

const text = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;
const hexOf = ({ _id }: RawDocument): string | null =>
  text((_id as { readonly $oid?: string }).$oid);

export function verdictOn(question: Question): Verdict {
  const { customerId: C, now, phone: P, state, unique } = question;
  const { customers_v2: customers, users } = state;

  // 1
  const named = customers.filter(({ id }) => id === C);
  const onPhone = named.filter((customer) => nationalOf(customer.phone) === P);
  const living = onPhone.filter(({ status }) =>
    ["trial", "active", "paused"].includes(text(status) ?? (isEmpty(status) ? "trial" : "?")),
  );
  const customer = living[0];
  if (customer === undefined) return { outcome: "customer-stopped" };
  if (named.length > 1) return { outcome: "link-conflict" };

  // Terms
  const made = madeFor(C);
  const usable = (user: RawDocument): boolean =>
    user.role === "customer" &&
    text(user.id) !== null &&
    users.filter(({ id }) => id === user.id).length === 1;
  const points = (from: RawDocument, to: RawDocument): boolean =>
    text(from.user_id) !== null && (from.user_id === to.id || from.user_id === hexOf(to));
  const people = customers.filter(({ id }) => text(id) !== null);
  const parted = (user: RawDocument, of: RawDocument): boolean =>
    user.doorstep_customer_id === `!${of.id}`;
  const isDangling = (user: RawDocument): boolean =>
    text(user.customer_v2_id) !== null && people.every(({ id }) => id !== user.customer_v2_id);

  // The mark
  const markOf = (user: RawDocument): string | null => {
    const mark = text(user.doorstep_customer_id);
    const link = text(user.customer_v2_id);
    if (mark === null || mark.startsWith("!")) return null;
    const empty = link === null || (isDangling(user) && !isYoung(user, now));
    return empty || link === mark ? mark : null;
  };
  const isOurs = (user: RawDocument): boolean =>
    !parted(user, customer) &&
    (markOf(user) === C || user.id === made.userId || hexOf(user) === made.objectId);
  const contradicts = (user: RawDocument): boolean => {
    const phone = nationalOf(user.phone) ?? importedPhone(user);
    return phone !== null && phone !== P && !isOurs(user);
  };

  // 3
  const both = users.filter(
    (user) => user.customer_v2_id === C && points(customer, user) && !parted(user, customer),
  );
  const [linked] = both;
  if (linked !== undefined && both.length === 1 && usable(linked) && linked.is_active !== false) {
    if (customer.user_id === linked.id && !contradicts(linked)) {
      return {
        outcome: "token",
        sub: linked.id as string,
        by: "linked",
        email: text(linked.email),
      };
    }
  }

  // 5
  const rank = (user: RawDocument, of: RawDocument): "A" | "B" | "C" | "D" | null => {
    if (parted(user, of)) return null;
    const id = of.id as string;
    const phone = nationalOf(user.phone);
    const samePhone = phone !== null && phone === nationalOf(of.phone);
    const own = madeFor(id);
    if (user.customer_v2_id === id && points(of, user)) return "A";
    const emails = ["earlybird.local", "customer.earlybird.com"].map(
      (at) => `customer-${id}@${at}`,
    );
    if (user.customer_v2_id === id || user.id === id || emails.includes(String(user.email))) {
      return "B";
    }
    if (markOf(user) === id) return "B";
    if (user.id === own.userId || hexOf(user) === own.objectId) return "B";
    // What the backfill wrote is worth the phone alone.
    if (points(of, user) && (of.user_id === user.id || !samePhone)) return "C";
    return samePhone ? "D" : null;
  };
  /** The customers at the user's highest rank above D; "?" is one that cannot be seen. */
  const owners = (user: RawDocument): readonly (RawDocument | "?")[] => {
    const at = (wanted: string) => people.filter((other) => rank(user, other) === wanted);
    if (at("A").length > 0) return at("A");
    const named = text(user.customer_v2_id);
    const mark = text(user.doorstep_customer_id);
    const dangling = isDangling(user);
    // Made by us, so U* of some customer: of one that exists, of one that it names, or of who knows.
    const makers = [...people.map(({ id }) => String(id)), named ?? "", mark ?? ""];
    const isMade = (id: string) =>
      madeFor(id).userId === user.id || madeFor(id).objectId === hexOf(user);
    const unknown = user.created_by === "doorstep" && !makers.some(isMade);
    if ((dangling && isYoung(user, now)) || unknown) return [...at("B"), "?"];
    return at("B").length > 0 ? at("B") : at("C");
  };

  // 6
  const byId = users.filter((user) => ["A", "B", "C"].includes(rank(user, customer) ?? "D"));
  const [only] = byId;
  if (byId.some((user) => !usable(user)) || byId.length > 1) return { outcome: "link-conflict" };
  if (only !== undefined) {
    const [owner, ...more] = owners(only);
    if (owner !== customer || more.length > 0) return { outcome: "link-conflict" };
    if (contradicts(only)) return { outcome: "link-conflict" };
    // A witness, for what any token could have written.
    const email = String(only.email);
    const says =
      only.customer_v2_id === C ||
      isOurs(only) ||
      [`customer-${C}@earlybird.local`, `customer-${C}@customer.earlybird.com`].includes(email);
    const witness = importedPhone(only) === P;
    if (nationalOf(only.phone) === null && !says && !witness) return { outcome: "link-conflict" };
  }

  // 11, and 7 which leads there
  const mayPoint = (to: string): boolean =>
    !unique || customers.every((other) => other === customer || other.user_id !== to);
  const fallbacks = (userId: string): string[] =>
    [`${P}@customer.earlybird.com`, `customer-${C}@customer.earlybird.com`].concat(
      `customer-${userId}@customer.earlybird.com`,
    );
  const free = (userId: string, self?: RawDocument): string | undefined =>
    fallbacks(userId).find(
      (email) =>
        /^[A-Za-z0-9]([._+-]?[A-Za-z0-9])*@[a-z.]+$/.test(email) &&
        users.every((user) => user === self || user.email !== email),
    );
  const create = (): Verdict => {
    const email = free(made.userId);
    if (!mayPoint(made.userId) || email === undefined) {
      return { outcome: "link-conflict", atWrite: true };
    }
    return { outcome: "token", sub: made.userId, by: "creation", email };
  };
  const exists = users.some(({ id }) => id === made.userId);
  const madeKey = users.some((user) => hexOf(user) === made.objectId);
  if (customer.user_id === made.userId && !exists && !madeKey) {
    return only === undefined ? create() : { outcome: "link-conflict" };
  }

  // 8
  const hasUser = (other: RawDocument): boolean =>
    people.filter(({ id }) => id === other.id).length === 1 &&
    users.some((user) => usable(user) && owners(user).length === 1 && owners(user)[0] === other);
  const alone = people.every(
    (other) => other === customer || nationalOf(other.phone) !== P || hasUser(other),
  );
  const free8 = users.filter(
    (user) =>
      usable(user) &&
      nationalOf(user.phone) === P &&
      owners(user).length === 0 &&
      !parted(user, customer),
  );
  const match = free8.length === 1 && alone ? free8[0] : undefined;
  const byPhone = match !== undefined && agree(match.name, customer.name) ? match : undefined;
  const found = only ?? byPhone;
  if (found === undefined) return create();

  // 9
  if (found.is_active === false) return { outcome: "user-inactive" };

  // 10
  const id = found.id as string;
  const reserved = isReserved(found.email);
  const email = reserved ? free(id, found) : (text(found.email) ?? null);
  if (!mayPoint(id) || email === undefined) return { outcome: "link-conflict", atWrite: true };
  return { outcome: "token", sub: id, by: only === undefined ? "phone" : "id", email };
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";

/** Younger than ten minutes. A time without a zone is UTC; a day and more ahead, it says nothing. */
function isYoung({ created_at }: RawDocument, now: number): boolean {
  const written = (created_at as { readonly $date?: string } | null)?.$date ?? created_at;
  if (typeof written !== "string") return false;
  const zoned = /T.*(Z|[+-]\d\d:\d\d)$/.test(written) || !written.includes("T");
  const at = new Date(zoned ? written : `${written}Z`).getTime();
  return now - at < 10 * 60 * 1000 && at - now < 24 * 60 * 60 * 1000;
}

function isReserved(email: unknown): boolean {
  if (text(email) === null) return false;
  const host = String(email).split("@").at(-1) ?? "";
  return (
    !host.includes(".") ||
    ["local", "invalid", "test", "onion"].includes(host.split(".").at(-1) ?? "")
  );
}

const SILENT: ReadonlySet<string> = new Set(names.words);

function agree(one: unknown, other: unknown): boolean {
  const words = (name: unknown): string[] =>
    String(name ?? "")
      .normalize("NFKD")
      .toLowerCase()
      .replace(/[\u0300-\u036f'’]/g, "")
      .split(/[^\p{L}\p{M}\p{N}]+/u)
      .filter((word) => [...word.replace(/\p{M}/gu, "")].length > 1)
      .filter((word) => !/\d/.test(word) && !SILENT.has(word));
  const [a, b] = [words(one), words(other)];
  const shared = [...new Set(a)].filter((word) => b.includes(word));
  return (a.length > 0 && a[0] === b[0]) || shared.length > 1;
}
