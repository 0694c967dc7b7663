/** The size of a generated store. */
export interface ScaleSize {
  readonly customers: number;
  readonly users: number;
}

interface ScaleDocument {
  readonly collection: "users" | "customers_v2";
  readonly document: Readonly<Record<string, unknown>>;
}

/** Spellings as the two collections hold them: LEGACY 3. */
const SPELLINGS: readonly ((national: string) => unknown)[] = [
  (national) => national,
  (national) => national,
  (national) => `+91${national}`,
  (national) => `+91 ${national.slice(0, 5)} ${national.slice(5)}`,
  (national) => `0${national}`,
  (national) => `${national}.0`,
  (national) => Number(national),
];
const spelled = (n: number): unknown =>
  SPELLINGS[n % SPELLINGS.length]?.(String(9_000_000_000 + n)) ?? null;

/** What one customer of five and their user have in common. */
const KINDS: readonly ((n: number) => { readonly customer: object; readonly user: object })[] = [
  (n) => ({ customer: { user_id: `u-${n}` }, user: { customer_v2_id: `c-${n}` } }),
  (n) => ({ customer: { user_id: `u-${n}` }, user: {} }),
  (n) => ({ customer: {}, user: { customer_v2_id: `c-${n}` } }),
  (n) => ({ customer: {}, user: { id: `c-${n}` } }),
  () => ({ customer: {}, user: {} }),
  (n) => ({ customer: { user_id: `u-${n}` }, user: { phone: "9999999999" } }),
];

/** Users belong to the first customers; all others have none, as three quarters have today. */
export function* scaleDocuments({ customers, users }: ScaleSize): Generator<ScaleDocument> {
  for (let n = 0; n < customers; n++) {
    const kind = KINDS[n % KINDS.length]?.(n);
    const customer = n < users ? kind?.customer : {};
    yield { collection: "customers_v2", document: customerOf(n, customer) };
    if (n < users) yield { collection: "users", document: userOf(n, kind?.user) };
  }
}

const customerOf = (n: number, more: object | undefined) => ({
  _id: { $oid: (2 ** 40 + n).toString(16).padStart(24, "0") },
  id: `c-${n}`,
  name: `Customer${n} Rao`,
  phone: spelled(n),
  address: `${n} Lake View Road`,
  area: "Indiranagar",
  status: n % 50 === 0 ? "stopped" : "active",
  created_at: "2025-11-03T06:15:00.000000",
  ...more,
});

const userOf = (n: number, more: object | undefined) => ({
  _id: { $oid: (2 ** 41 + n).toString(16).padStart(24, "0") },
  id: `u-${n}`,
  email: `user${n}@example.com`,
  name: `Customer${n} Rao`,
  phone: spelled(n),
  role: "customer",
  is_active: true,
  password_hash: "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZbQ0m0b6xYk7o4m3mJ5y4v7mQw1x2S",
  created_at: "2025-08-19T05:40:12.345678",
  ...more,
});
