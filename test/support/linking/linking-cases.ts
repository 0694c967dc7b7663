import { expect } from "vitest";
import {
  type Answer,
  askForCode,
  claimsOf,
  type LoginPlace,
  logIn,
  newestCode,
  select,
  verify,
} from "../gateway/client.ts";

/** A document as Extended JSON. */
export type Fields = Readonly<Record<string, unknown>>;

interface Wanted {
  readonly match: Fields;
  readonly has?: Fields;
  readonly lacks?: readonly string[];
}

export interface LinkingCase {
  readonly name: string;
  readonly why: string;
  readonly users: readonly Fields[];
  readonly customers_v2: readonly Fields[];
  readonly login_phone: string;
  /** Which customer is chosen where the phone has several. */
  readonly pick?: string;
  readonly expect: {
    readonly outcome: string;
    readonly sub?: string;
    readonly customer_v2_id?: string;
    readonly role?: string;
    readonly first_login?: boolean;
    readonly users_count?: number;
    readonly users?: readonly Wanted[];
    readonly customers_v2?: readonly Wanted[];
  };
}

const COLLECTIONS = ["users", "customers_v2"] as const;
type Collection = (typeof COLLECTIONS)[number];
export type Documents = Readonly<Record<Collection, readonly Fields[]>>;

/** A gateway over a directory that held nothing but the case's documents. */
export interface LinkingWorld {
  readonly test: LoginPlace;
  /** All documents as they stand, with `_id`. */
  documents(): Promise<Documents>;
}

export type MakeWorld = (documents: Documents) => Promise<LinkingWorld>;

const LINK_FIELDS: Readonly<Record<Collection, readonly string[]>> = {
  users: ["customer_v2_id", "doorstep_customer_id"],
  customers_v2: ["user_id"],
};

/** Plays a case of test/cases/linking.json over HTTP and checks everything that it expects. */
export async function runLinkingCase(make: MakeWorld, given: LinkingCase): Promise<void> {
  const { test, documents } = await make(given);
  const before = await documents();
  const answer = await logInOnce(test, given);
  const after = await documents();
  if (given.expect.outcome === "token") {
    expectToken(given, answer, before);
    expectLink(answer, after);
  } else {
    expect(after, "nothing is written").toEqual(before);
  }
  if (given.expect.users_count !== undefined) {
    expect(after.users).toHaveLength(given.expect.users_count);
  }
  for (const collection of COLLECTIONS) {
    for (const wanted of given.expect[collection] ?? []) {
      expectDocument(after[collection], wanted, answer.body?.user?.id);
    }
    expectOthersUntouched(collection, before, after, given.expect[collection] ?? []);
  }
  if (given.expect.outcome === "token") await expectSameAgain(test, given, answer, documents);
}

/** The answer of the last step; for a phone without customers, of the first. */
async function logInOnce(test: LoginPlace, given: LinkingCase): Promise<Answer> {
  const { expect: expected, login_phone, pick } = given;
  const asked = await askForCode(test, login_phone);
  expect(asked.status, JSON.stringify(asked.body)).toBe(202);
  expect(Object.keys(asked.body).sort()).toEqual(
    ["challenge_id", "channel", "code_length", "expires_in", "resend_in"].sort(),
  );
  const code = newestCode(test, login_phone);
  if (expected.outcome === "no-sms") {
    expect(code, "no message is sent").toBeUndefined();
    return asked;
  }
  if (code === undefined) throw new Error("no code was sent");
  const verified = await verify(test, asked.body.challenge_id, code);
  await test.runtime.settle();
  const token: string | undefined = verified.body.selection_token;
  expect(token !== undefined, "a choice is asked for").toBe(pick !== undefined);
  const last = token === undefined ? verified : await select(test, token, pick ?? "");
  await test.runtime.settle();
  if (expected.outcome !== "token") {
    expect(last.body.code, JSON.stringify(last.body)).toBe(expected.outcome);
    expect(last.headers.get("content-type")).toBe("application/problem+json");
  }
  return last;
}

function expectToken(given: LinkingCase, { body, status }: Answer, before: Documents): void {
  expect(status, JSON.stringify(body)).toBe(200);
  const { customer_v2_id, first_login, role = "customer", sub } = given.expect;
  const claims = claimsOf(body.access_token);
  expect(claims).toMatchObject({ sub: body.user.id, role });
  expect(body.user.role).toBe(role);
  expect(claims["customer_v2_id"]).toBe(body.customer.id);
  if (customer_v2_id !== undefined) expect(body.customer.id).toBe(customer_v2_id);
  if (first_login !== undefined) expect(body.first_login).toBe(first_login);
  const ids = [...before.users, ...before.customers_v2].map(({ id }) => id);
  if (sub === "NEW") expect(ids).not.toContain(claims["sub"]);
  else if (sub !== undefined) expect(claims["sub"]).toBe(sub);
}

/** What must hold in every case: one user and one customer, tied on both sides and to nobody else. */
function expectLink({ body }: Answer, { customers_v2, users }: Documents): void {
  const named = users.filter(({ id }) => id === body.user.id);
  expect(named).toEqual([expect.objectContaining({ role: "customer" })]);
  expect(named[0]?.["customer_v2_id"]).toBe(body.customer.id);
  const pointing = customers_v2.filter(({ user_id }) => user_id === body.user.id);
  expect(pointing.map(({ id }) => id)).toEqual([body.customer.id]);
}

function expectDocument(
  documents: readonly Fields[],
  { has = {}, lacks = [], match }: Wanted,
  sub: string | undefined,
): void {
  const matching = documents.filter((document) =>
    Object.entries(match).every(([name, value]) => document[name] === value),
  );
  expect(matching, JSON.stringify(match)).toHaveLength(1);
  const [document = {}] = matching;
  for (const [name, value] of Object.entries(has)) {
    expect(document[name], name).toEqual(value === "SUB" ? sub : value);
  }
  for (const name of lacks) expect(document[name] ?? null, name).toBeNull();
}

/** Documents that were there keep every field but the link's and those that the case names. */
function expectOthersUntouched(
  collection: Collection,
  before: Documents,
  after: Documents,
  wanted: readonly Wanted[],
): void {
  for (const document of before[collection]) {
    const now = after[collection].find((other) => sameId(document, other));
    if (now === undefined) throw new Error("a document is gone");
    const named = wanted
      .filter(({ match }) => Object.entries(match).every(([name, value]) => now[name] === value))
      .flatMap(({ has = {}, lacks = [] }) => [...Object.keys(has), ...lacks]);
    const free = new Set([...LINK_FIELDS[collection], "updated_at", ...named]);
    const fixed = (fields: Fields) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => !free.has(name)));
    expect(fixed(now)).toEqual(fixed(document));
  }
  const made = after[collection].length - before[collection].length;
  expect(made, collection).toBeLessThanOrEqual(collection === "users" ? 1 : 0);
}

const sameId = (a: Fields, b: Fields): boolean =>
  JSON.stringify(a["_id"]) === JSON.stringify(b["_id"]);

/** The next login finds the link, gives the same ids and writes nothing. */
async function expectSameAgain(
  test: LoginPlace,
  { login_phone, pick }: LinkingCase,
  first: Answer,
  documents: LinkingWorld["documents"],
): Promise<void> {
  const before = await documents();
  const again = await logIn(test, login_phone, pick === undefined ? {} : { pick });
  await test.runtime.settle();
  expect(again.status, JSON.stringify(again.body)).toBe(200);
  expect(again.body).toMatchObject({ user: first.body.user, customer: first.body.customer });
  expect(again.body.first_login).toBe(false);
  expect(await documents()).toEqual(before);
}
