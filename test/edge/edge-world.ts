import { LISTED_SPELLING } from "../../src/core/phone/phone.ts";
import { START } from "../support/gateway/test-gateway.ts";
import type { Fields, MakeWorld } from "../support/linking/linking-cases.ts";
import { type EdgePlace, withoutSearch } from "./edge-place.ts";

/** The place with nothing in its directory, and nothing in its outbox, but the case's own. */
export const linkingWorld =
  (place: EdgePlace): MakeWorld =>
  async ({ customers_v2, users }) => {
    const at = isIndexed(customers_v2) ? withoutSearch(place) : place;
    const { mongo, twilio, outbox } = place;
    const before = twilio.accepted.length;
    await Promise.all([mongo.clear("users"), mongo.clear("customers_v2")]);
    await mongo.put("users", users.map(asOfNow));
    await mongo.put("customers_v2", customers_v2.map(asOfNow));
    const all = async (collection: string): Promise<Fields[]> =>
      (await mongo.documents(collection)).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    const latest = () => outbox.latest().slice(0, twilio.accepted.length - before);
    return {
      test: { ...at, outbox: { latest } },
      documents: async () => ({
        users: await all("users"),
        customers_v2: await all("customers_v2"),
      }),
    };
  };

/** Whether an index lists the phone of each of these customers, so that no search is needed. */
export const isIndexed = (customers: readonly Fields[]): boolean =>
  customers.every(({ phone }) => typeof phone === "string" && LISTED_SPELLING.test(phone));

const idOf = ({ _id }: Fields): string => JSON.stringify(_id);

/** A Worker's clock cannot be turned: what a case made so long before START is made before now. */
function asOfNow(document: Fields): Fields {
  const madeAt = Date.parse(`${document["created_at"]}Z`);
  if (Number.isNaN(madeAt)) return document;
  const moved = new Date(madeAt - START + Date.now());
  return { ...document, created_at: moved.toISOString().replace("Z", "") };
}
