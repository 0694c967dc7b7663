import type { CustomerId, UserId } from "../../core/ids.ts";
import { readUser } from "../../core/linking/documents.ts";
import { madeIdsFor } from "../../core/linking/made-user.ts";
import { prunedUserRecord, type Session } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { readUserRecord } from "../state/change-record.ts";
import { type ConfirmPorts, confirmSession } from "./confirm-link.ts";

/** Ids are uuids, or a word of an import; a text beyond this names nobody. */
const MAX_ID_LENGTH = 256;

/**
 * Sees to it that what is written about a customer through the proxy reaches their sessions: one
 * whose phone, link, user or customer is no longer what it was proven for ends, by the same check
 * as every 15 minutes. `stopped`, and any status that nobody knows, ends it as
 * well. `trial`, `active` and `paused` do not: they say how deliveries stand, and who paused them
 * must be able to come back and go on. Known devices of an ended session are forgotten with it.
 *
 * To be called before the write, because afterwards the customer may name another user, or be
 * gone. A login between the two stands on data of before the write at worst, and its session is
 * looked at again within 15 minutes.
 *
 * @param id of a customer, or of a user, whose sessions are all looked at; one that can be nobody's
 *   asks nothing
 * @returns what to run after the backend took the write: it throws AdapterError where a store is
 *   down, and may be run again
 */
export async function prepareReview(
  gateway: ConfirmPorts,
  id: string,
): Promise<() => Promise<void>> {
  if (!canBeAnId(id)) return async () => undefined;
  const [customer, itself] = [id as CustomerId, id as UserId];
  const users = await usersTiedTo(gateway, customer);
  return async () => {
    for (const user of users.filter((tied) => tied !== itself)) {
      await reviewUser(gateway, user, (session) => session.customerId === customer);
    }
    await reviewUser(gateway, itself, () => true);
  };
}

export const canBeAnId = (text: unknown): boolean =>
  typeof text === "string" &&
  text !== "" &&
  text.length <= MAX_ID_LENGTH &&
  text.isWellFormed() &&
  !/\p{Cc}/u.test(text);

/**
 * Every user who may have a session that names the customer, by `users.id`: whom the customer
 * points at, who names the customer, and whom a login would make. A pointer counts although its
 * user is gone, for the sessions need not be.
 */
export async function usersTiedTo(
  { directory, rules }: Pick<Gateway, "directory" | "rules">,
  customer: CustomerId,
): Promise<readonly UserId[]> {
  const documents = await directory.findCustomers({ ids: [customer] });
  const pointers = documents
    .map(({ fields }) => fields["user_id"])
    .filter((pointer) => typeof pointer === "string" && pointer !== "") as string[];
  const found = await directory.findUsers({
    objectIds: pointers.filter((pointer) => /^[0-9a-f]{24}$/.test(pointer)),
    customerIds: [customer],
    marks: [customer],
  });
  const ids = found.map((document) => readUser(document, rules.phone).id);
  const { userId: made } = await madeIdsFor(customer);
  const all = [...(pointers as UserId[]), made, ...ids.filter((id) => id !== null)];
  return [...new Set(all)];
}

/** One after another: each that ends is a write to the same record. */
async function reviewUser(
  gateway: ConfirmPorts,
  user: UserId,
  isMeant: (session: Session) => boolean,
): Promise<void> {
  const userKey = await gateway.keyring.userKey(user);
  const { record } = await readUserRecord(gateway, userKey);
  const { sessions } = prunedUserRecord(record, gateway.runtime.now());
  for (const session of sessions.filter(isMeant)) {
    await confirmSession(gateway, userKey, session);
  }
}
