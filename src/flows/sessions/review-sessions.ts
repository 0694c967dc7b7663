import type { CustomerId, UserId } from "../../core/ids.ts";
import { readUser } from "../../core/linking/documents.ts";
import { madeIdsFor } from "../../core/linking/made-user.ts";
import { prunedUserRecord, type Session } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { readUserRecord } from "../state/change-record.ts";
import { type ConfirmPorts, confirmSession } from "./confirm-link.ts";

/** Ids are UUIDs, or a word of an import; a longer text is no id. */
const MAX_ID_LENGTH = 256;

/**
 * Applies a write through the proxy to the customer's sessions. A session ends where its phone,
 * link, user or customer differs from the proven one, by the same check as every 15 minutes.
 * `stopped` and an unknown status end it as well. `trial`, `active` and `paused` do not: they
 * describe deliveries, and a customer who paused them must be able to return. Known devices of an
 * ended session are forgotten with it.
 *
 * Call before the write, because afterwards the customer may name another user, or be gone. A login
 * between the two relies at worst on data from before the write, and its session is reviewed within
 * 15 minutes.
 *
 * @param id of a customer, or of a user with sessions to review; for a text that cannot be an id no
 * store is asked
 * @returns the review to run after the backend accepted the write: it throws AdapterError where a
 * store is down, and may be repeated
 */
export async function prepareReview(
  gateway: ConfirmPorts,
  id: string,
): Promise<() => Promise<void>> {
  if (!canBeAnId(id)) return async () => undefined;
  const [customer, itself] = [id as CustomerId, id as UserId];
  const users = await readUsersTiedTo(gateway, customer);
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
 * The `users.id` of every user who may have a session that names the customer: the user that the
 * customer points at, the users that name the customer, and the user that a login would make. A
 * pointer counts even where its user is gone, because sessions may remain.
 */
export async function readUsersTiedTo(
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

/** One after another: each ended session is a write to the same record. */
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
