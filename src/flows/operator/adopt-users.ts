import type { DocumentKey, Phone, UserId } from "../../core/ids.ts";
import {
  type AdoptedIds,
  type Adoption,
  type AdoptionDecision,
  type AdoptionRefusal,
  adoptedFields,
  adoptedIdsFor,
  decideAdoption,
} from "../../core/linking/adopted-customer.ts";
import {
  type Customer,
  MARK,
  readCustomer,
  readUser,
  type User,
  withChange,
} from "../../core/linking/documents.ts";
import { customerNamedBy } from "../../core/linking/made-user.ts";
import { PAIR_USER_GUARDS } from "../../core/linking/pair.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { ownTime } from "../linking/own-time.ts";
import { batchedReads } from "./batched-reads.ts";
import { batchedWrites } from "./batched-writes.ts";
import { giveBackFields } from "./linking/write-pair.ts";
import type { WholeSearch } from "./reading/search-spellings.ts";

type AdoptPorts = Pick<Gateway, "directory" | "rules" | "runtime">;

/** One user's adoption: what it comes to, and the user's name for the screen. */
export interface PlannedAdoption {
  readonly adoption: Adoption;
  readonly name: string;
  readonly ids: AdoptedIds;
  readonly decision:
    | AdoptionDecision
    | { readonly kind: "refused"; readonly because: "no-user"; readonly other: null };
}

/** The reason why an adoption was not carried out. */
export type NotAdopted = AdoptionRefusal | "no-user" | "changed" | "index";

/** Plans adoptions, with one search for rare spellings for all of their phones. */
export async function planAdoptions(
  gateway: AdoptPorts,
  adoptions: readonly Adoption[],
  search: WholeSearch,
  shared: boolean,
): Promise<readonly PlannedAdoption[]> {
  const users = await usersOf(gateway, adoptions);
  const phones = [
    ...[...users.values()].map(({ phone }) => phone),
    ...adoptions.map(({ phone }) => phone),
  ];
  const keys = await search.keysOf([...new Set(phones.filter((phone) => phone !== null))]);
  const reading = { ...gateway, directory: batchedReads(gateway) };
  const planned: PlannedAdoption[] = [];
  for (let from = 0; from < adoptions.length; from += PAGE) {
    const page = adoptions.slice(from, from + PAGE);
    const plans = page.map((adoption) =>
      planAdoption(reading, adoption, users.get(adoption.userId), keys, shared),
    );
    planned.push(...(await Promise.all(plans)));
  }
  return planned;
}

async function planAdoption(
  gateway: AdoptPorts,
  adoption: Adoption,
  user: User | undefined,
  keys: readonly DocumentKey[],
  shared: boolean,
): Promise<PlannedAdoption> {
  const ids = await adoptedIdsFor(adoption.userId as UserId);
  if (user === undefined) {
    const decision = { kind: "refused", because: "no-user", other: null } as const;
    return { adoption, name: "", ids, decision };
  }
  const phone = user.phone ?? adoption.phone;
  const [onPhone, named] = await Promise.all([
    phone === null ? [] : findCustomersOf(gateway, phone, keys),
    customersNamed(gateway, user, ids),
  ]);
  const decision = decideAdoption({ user, ids, named, onPhone }, adoption.phone, shared);
  return { adoption, name: user.name, ids, decision };
}

/** Users of one question to the store. */
const PAGE = 250;

/** An adoption that was tried. */
export interface AdoptedUser {
  readonly one: PlannedAdoption;
  readonly result: "adopted" | NotAdopted;
}

/**
 * Adopts users together: each step is one write of many. Of users with one phone the first gets it,
 * so the others are planned again after that.
 *
 * @returns page by page, in order
 */
export async function* adoptUsers(
  gateway: AdoptPorts,
  adoptions: readonly Adoption[],
  search: WholeSearch,
  shared: boolean,
): AsyncGenerator<readonly AdoptedUser[], void, void> {
  const together = { ...gateway, directory: batchedWrites(gateway) };
  for (let from = 0; from < adoptions.length; from += PAGE) {
    const page = adoptions.slice(from, from + PAGE);
    const plans = await planAdoptions(gateway, page, search, shared);
    const first = firstOfPhones(plans);
    const done = new Map<PlannedAdoption, AdoptedUser>();
    const adopt = async (one: PlannedAdoption, through: AdoptPorts, now = one) =>
      done.set(one, { one: now, result: await adoptUser(through, now) });
    await Promise.all(plans.map((one) => first.has(one) && adopt(one, together)));
    for (const one of plans) {
      if (first.has(one)) continue;
      const [again] = await planAdoptions(gateway, [one.adoption], search, shared);
      await adopt(one, gateway, again);
    }
    yield plans.flatMap((one) => done.get(one) ?? []);
  }
}

/** Without the second and later users of one phone. */
function firstOfPhones(plans: readonly PlannedAdoption[]): ReadonlySet<PlannedAdoption> {
  const phones = new Set<Phone>();
  return new Set(
    plans.filter(({ decision }) => {
      if (decision.kind !== "adopt") return true;
      const isFirst = !phones.has(decision.phone);
      phones.add(decision.phone);
      return isFirst;
    }),
  );
}

/** Users who share an id are unusable, whichever of them is read. */
async function usersOf(
  { directory, rules }: AdoptPorts,
  adoptions: readonly Adoption[],
): Promise<ReadonlyMap<string, User>> {
  const users = new Map<string, User>();
  for (let from = 0; from < adoptions.length; from += PAGE) {
    const ids = adoptions.slice(from, from + PAGE).map(({ userId }) => userId);
    for (const document of await directory.findUsers({ ids })) {
      const user = readUser(document, rules.phone);
      if (user.id !== null) users.set(user.id, user);
    }
  }
  return users;
}

async function customersNamed(
  { directory, rules }: AdoptPorts,
  { customerId, document, email, id, mark }: User,
  ids: AdoptedIds,
): Promise<readonly Customer[]> {
  const named = [ids.customerId, customerId, id, mark, customerNamedBy(email, rules.placeholder)];
  const documents = await directory.findCustomers({
    ids: named.filter((each) => each !== null),
    userIds: [id, document.objectId].filter((each) => each !== null),
  });
  return documents.flatMap((found) => readCustomer(found, rules.phone) ?? []);
}

/**
 * Gives a user a delivery record. The user is claimed first: a process that dies in between leaves a
 * user who names a customer that does not exist, and the same command goes on from there.
 */
export async function adoptUser(
  { directory, rules, runtime }: AdoptPorts,
  { adoption, decision, ids }: PlannedAdoption,
): Promise<"adopted" | NotAdopted> {
  if (decision.kind === "adopted") return "adopted";
  if (decision.kind === "refused") return decision.because;
  const { phone, user } = decision;
  const { document } = user;
  const set = {
    customer_v2_id: ids.customerId,
    [MARK]: ids.customerId,
    updated_at: ownTime(runtime.now(), runtime),
  };
  const guards = [...PAIR_USER_GUARDS, "is_active", "name", "phone"];
  const claimed = await directory.changeUser(document, guards, { set });
  if (claimed !== "applied") return claimed === "lost" ? "changed" : "index";
  const fields = adoptedFields(adoption, user, phone, ids, rules.phone, runtime.now());
  const inserted = await directory.insertCustomer(ids.objectId, fields);
  if (inserted === "inserted") return "adopted";
  // Another process inserts the same document: its user is this one.
  const [standing] = await directory.findCustomers({ ids: [ids.customerId] });
  if (inserted === "duplicate-key" && standing?.fields["user_id"] === user.id) return "adopted";
  await giveBackFields(directory, document, withChange(document, { set }), { set });
  return inserted === "duplicate" ? "index" : "changed";
}
