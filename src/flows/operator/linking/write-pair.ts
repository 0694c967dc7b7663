import {
  type Change,
  type Customer,
  MARK,
  type StoredDocument,
  type UsableUser,
  type User,
  withChange,
} from "../../../core/linking/documents.ts";
import { PAIR_CUSTOMER_GUARDS, PAIR_USER_GUARDS, partedMark } from "../../../core/linking/pair.ts";
import { pointsAt } from "../../../core/linking/ties.ts";
import type { WriteOutcome } from "../../../ports/directory.ts";
import type { Gateway } from "../../gateway.ts";
import { ownTime } from "../../linking/own-time.ts";
import type { EndsSessions } from "../operate-sessions.ts";

type WritePairPorts = Pick<Gateway, "directory" | "runtime">;

/** `lost`: one of the records changed since the plan, and nothing of the plan is left written. */
export type PairOutcome = "written" | "lost" | "refused-by-index";

/**
 * A person joins a customer and a user: compare-and-sets on all three fields of the link, the user
 * first, so that a crash in between leaves evidence by id and the next login goes on.
 */
export async function joinPair(
  ports: WritePairPorts,
  customer: Customer,
  user: UsableUser,
): Promise<PairOutcome> {
  const { directory, runtime } = ports;
  const { document } = user;
  const set = { customer_v2_id: customer.id, [MARK]: customer.id, updated_at: time(ports) };
  const taken = await directory.changeUser(document, PAIR_USER_GUARDS, { set });
  if (taken !== "applied") return outcomeOf(taken);
  const pointed = await directory.changeCustomer(customer.document, PAIR_CUSTOMER_GUARDS, {
    set: { user_id: user.id, updated_at: ownTime(runtime.now(), runtime) },
  });
  if (pointed === "applied") return "written";
  await giveBackFields(directory, document, withChange(document, { set }), { set });
  return outcomeOf(pointed);
}

const time = ({ runtime }: Pick<Gateway, "runtime">): string => ownTime(runtime.now(), runtime);

const outcomeOf = (outcome: Exclude<WriteOutcome, "applied">): PairOutcome =>
  outcome === "lost" ? "lost" : "refused-by-index";

/** The user as before a change, where no one else has changed the same fields meanwhile. */
export async function giveBackFields(
  directory: Pick<Gateway["directory"], "changeUser">,
  before: StoredDocument,
  after: StoredDocument,
  { set }: Change,
): Promise<void> {
  const names = Object.keys(set);
  const had = names.filter((name) => Object.hasOwn(before.fields, name));
  await directory.changeUser(after, names, {
    set: Object.fromEntries(had.map((name) => [name, before.fields[name]])),
    unset: names.filter((name) => !had.includes(name)),
  });
}

/**
 * A person parts a customer and a user. The user first: with the mark `!C` no tie holds any more,
 * so a crash in between leaves the two parted. A staff record is never written to. The user's
 * sessions end.
 */
export async function partPair(
  gateway: WritePairPorts & EndsSessions,
  customer: Customer,
  user: User,
): Promise<PairOutcome> {
  const { directory } = gateway;
  if (user.isCustomer) {
    const link = user.customerId === customer.id ? { customer_v2_id: null } : {};
    const parted = await directory.changeUser(user.document, PAIR_USER_GUARDS, {
      set: { ...link, [MARK]: partedMark(customer), updated_at: time(gateway) },
    });
    if (parted !== "applied") return outcomeOf(parted);
  }
  const emptied = pointsAt(customer, user)
    ? await directory.changeCustomer(customer.document, PAIR_CUSTOMER_GUARDS, {
        set: { user_id: null, updated_at: time(gateway) },
      })
    : "applied";
  if (user.id !== null) await gateway.endSessions(user.id);
  if (emptied === "applied") return "written";
  // A unique index on `user_id` takes one empty value only. The mark parts the two all the same.
  return emptied === "duplicate" && user.isCustomer ? "written" : outcomeOf(emptied);
}
