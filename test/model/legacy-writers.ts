import type {
  Collection,
  DirectoryInstance,
  RawDocument,
} from "../contract/directory/directory-instance.ts";

/** One write of the legacy backend or of a person at its database, which asks nobody. */
export type LegacyWrite = (instance: DirectoryInstance) => Promise<void>;

type Alter = (document: RawDocument) => RawDocument | null;

/** Rewrites every document; null deletes it. */
const rewrite =
  (collection: Collection, alter: Alter): LegacyWrite =>
  async (instance) => {
    const documents = await instance.documents(collection);
    const altered = documents.map(alter).filter((document) => document !== null);
    if (altered.length < documents.length) await instance.clear(collection);
    await instance.put(collection, altered);
  };

const patch = (collection: Collection, id: string, fields: object): LegacyWrite =>
  rewrite(collection, (document) => (document.id === id ? { ...document, ...fields } : document));

/** The migrations that forget all links, each run. */
export const wipeUsers: LegacyWrite = rewrite("users", (user) => ({
  ...user,
  customer_v2_id: null,
}));
export const wipeCustomers: LegacyWrite = rewrite("customers_v2", (customer) => ({
  ...customer,
  user_id: null,
}));

/** The backfill: the `_id` of the first user with that very phone, of whatever role. */
export const backfill: LegacyWrite = async (instance) => {
  const users = await instance.documents("users");
  await rewrite("customers_v2", (customer) => {
    const first = users.find(({ phone }) => phone === customer.phone);
    const { $oid } = (first?._id ?? {}) as { readonly $oid?: string };
    return $oid === undefined ? customer : { ...customer, user_id: $oid };
  })(instance);
};

/** PATCH of a customer rewrites any field. */
export const patchCustomer = (id: string, fields: object): LegacyWrite =>
  patch("customers_v2", id, fields);
export const patchUser = (id: string, fields: object): LegacyWrite => patch("users", id, fields);

export const deleteUser = (id: string): LegacyWrite =>
  rewrite("users", (user) => (user.id === id ? null : user));

/** Create customer: the user first, the customer in a second write. */
export const createCustomer = (id: string, phone: string, now: number): readonly LegacyWrite[] => {
  const created_at = new Date(now).toISOString().replace("Z", "");
  const user = {
    _id: { $oid: `65a1b2c3d4e5f60300000000` },
    id: `user-of-${id}`,
    email: `customer-${id}@earlybird.local`,
    name: "Asha Rao",
    phone,
    role: "customer",
    is_active: true,
    customer_v2_id: id,
    password_hash: "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZbQ0m0b6xYk7o4m3mJ5y4v7mQw1x2S",
    created_at,
  };
  const customer = {
    _id: { $oid: `65a1b2c3d4e5f60300000001` },
    id,
    name: "Asha Rao",
    phone,
    address: "12 MG Road",
    area: "AREA_001",
    status: "trial",
    user_id: user.id,
    created_at,
  };
  return [
    (instance) => instance.put("users", [user]),
    (instance) => instance.put("customers_v2", [customer]),
  ];
};
