import type { Fields, MakeWorld } from "../support/linking-cases.ts";
import type { EdgePlace } from "./edge-place.ts";

/** The place with nothing in its directory but the case's documents. */
export const linkingWorld =
  (place: EdgePlace): MakeWorld =>
  async ({ customers_v2, users }) => {
    const { mongo } = place;
    await Promise.all([mongo.clear("users"), mongo.clear("customers_v2")]);
    await mongo.put("users", users);
    await mongo.put("customers_v2", customers_v2);
    const all = async (collection: string): Promise<Fields[]> =>
      (await mongo.documents(collection)).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    return {
      test: place,
      documents: async () => ({
        users: await all("users"),
        customers_v2: await all("customers_v2"),
      }),
    };
  };

const idOf = ({ _id }: Fields): string => JSON.stringify(_id);
