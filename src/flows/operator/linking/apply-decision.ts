import type { Phone } from "../../../core/ids.ts";
import type { Customer, User } from "../../../core/linking/documents.ts";
import { decideJoin, type PairFacts } from "../../../core/linking/pair.ts";
import type { DecisionRow } from "../../../core/linking/rows/decision-rows.ts";
import { rowText } from "../../../core/linking/rows/row-digest.ts";
import type { Gateway } from "../../gateway.ts";
import { createUser } from "../../linking/apply-link.ts";
import { findCustomersOf } from "../../linking/find-customers.ts";
import { readLinkFacts } from "../../linking/read-link-facts.ts";
import { readPair } from "../reading/read-pair.ts";
import { joinPair } from "./write-pair.ts";

type DecisionPorts = Pick<Gateway, "directory" | "rules" | "runtime">;

/**
 * `done`: written, or would be; `standing`: the two are linked already; `changed`: a record is not
 * as it was exported; every other word is the reason of a refusal.
 */
export type RowOutcome =
  | "done"
  | "standing"
  | "changed"
  | "customer-id-shared"
  | "customer-linked"
  | "customer-without-phone"
  | "index"
  | "user-linked"
  | "user-made-for-another"
  | "user-unusable";

/** The `digest` of an exported row. */
export async function rowDigest(
  { runtime }: Pick<Gateway, "runtime">,
  customer: Customer | null,
  user: User | null,
): Promise<string> {
  return (await runtime.digest(rowText(customer, user))).slice(0, 22);
}

/**
 * What a decided row comes to, and, with `apply`, its writes: those of `doorstep link C U`, or those
 * of a login that makes a user.
 *
 * @param inTurn of all rows that are applied at once
 */
export async function applyDecision(
  gateway: DecisionPorts,
  row: DecisionRow,
  apply: boolean,
  inTurn: PhoneTurns,
): Promise<RowOutcome> {
  const userId = row.userId === "" ? null : row.userId;
  const { facts, user } = await readPair(gateway, row.customerId, userId);
  if (facts === null) return "changed";
  if (row.decision === "link" && user !== null) {
    const decision = decideJoin(facts, user);
    // Before the digest: a second call finds its own links standing.
    if (decision.kind === "joined") return "standing";
    if ((await rowDigest(gateway, facts.customer, user)) !== row.digest) return "changed";
    if (decision.kind === "refused") return decision.refusal.because;
    return apply ? outcomeOf(await joinPair(gateway, facts.customer, decision.user)) : "done";
  }
  if (row.decision !== "new") return "changed";
  if (isMadeAlready(facts)) return "standing";
  if ((await rowDigest(gateway, facts.customer, user)) !== row.digest) return "changed";
  const { phone } = facts.customer;
  const make = () => makeUser(gateway, facts, apply);
  return phone === null || !apply ? make() : inTurn(phone, make);
}

/** Runs the work for one phone after the works for it that began before. */
export type PhoneTurns = <T>(phone: Phone, work: () => Promise<T>) => Promise<T>;

/**
 * The customers of a household get their users one after another: no index may forbid two users with
 * the phone's placeholder e-mail, and the second must see that the first one holds it.
 */
export function phoneTurns(): PhoneTurns {
  const lasts = new Map<Phone, Promise<unknown>>();
  return async (phone, work) => {
    const mine = (lasts.get(phone) ?? Promise.resolve()).then(work, work);
    lasts.set(phone, mine);
    try {
      return await mine;
    } finally {
      if (lasts.get(phone) === mine) lasts.delete(phone);
    }
  };
}

const outcomeOf = (outcome: Awaited<ReturnType<typeof joinPair>>): RowOutcome =>
  outcome === "written" ? "done" : outcome === "lost" ? "changed" : "index";

const isMadeAlready = ({ customer, made, users }: PairFacts): boolean =>
  customer.pointer === made.userId && users.some(({ id }) => id === made.userId);

/** The customer gets the user whom a login would make, though other users have a claim. */
async function makeUser(
  gateway: DecisionPorts,
  { customer, made, users }: PairFacts,
  apply: boolean,
): Promise<RowOutcome> {
  const { phone } = customer;
  if (customer.document.idShared) return "customer-id-shared";
  if (phone === null) return "customer-without-phone";
  const isLinked = ({ customerId, id }: User) =>
    customerId === customer.id && id !== null && customer.pointer === id;
  if (users.some(isLinked)) return "customer-linked";
  if (!apply) return "done";
  const onPhone = await findCustomersOf(gateway, phone, [customer.document.key]);
  const now = onPhone.find(({ document }) => document.key === customer.document.key);
  if (now === undefined) return "changed";
  const facts = await readLinkFacts(
    gateway,
    phone,
    { ...now, document: customer.document },
    onPhone,
  );
  const step = await createUser(gateway, facts, made, { takeover: null, completed: false });
  if (step.kind === "linked") return "done";
  return step.kind === "lost" ? "changed" : "index";
}
