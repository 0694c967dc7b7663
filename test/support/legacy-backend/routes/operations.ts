import { type Answer, json, unhandled } from "../answer.ts";
import { type Fields, find } from "../filter.ts";
import { BUSINESS, STAFF } from "../markers.ts";
import { type Ask, anyToken, type Route } from "../route.ts";
import { withOne } from "./catalogue.ts";
import { isSound, subscriptionsOf } from "./subscriptions.ts";

/** /api/phase0-v2: the tools of the staff, open to any token. */
export const OPERATION_ROUTES: readonly Route[] = [
  anyToken("GET /api/phase0-v2/users", (ask) => listUsers(ask, ask.query("role"))),
  anyToken("GET /api/phase0-v2/delivery-boys", ({ data }) =>
    json(find(data.users, { role: "delivery_boy" })),
  ),
  anyToken("POST /api/phase0-v2/delivery-boys", createDeliveryBoy, ["name"]),
  anyToken(
    "PUT /api/phase0-v2/delivery-boy/{id}/assign-area",
    (ask) => withOne(ask, "users", (user) => json(Object.assign(user, { area: ask.body["area"] }))),
    ["area"],
  ),
  anyToken("GET /api/phase0-v2/delivery/generate", (ask) =>
    ofSound(ask, () => json(deliveries(ask))),
  ),
  anyToken("GET /api/phase0-v2/delivery/whatsapp-format", (ask) =>
    ofSound(ask, () => json({ text: deliveries(ask).map(asLine).join("\n") })),
  ),
  anyToken("GET /api/phase0-v2/delivery/export-excel", (ask) =>
    ofSound(ask, () => excel("deliveries.xlsx", deliveries(ask).map(asLine).join("\n"))),
  ),
  anyToken("GET /api/phase0-v2/download-sample-template", () =>
    excel("sample.xlsx", "name\tphone\taddress\tarea"),
  ),
  anyToken("GET /api/phase0-v2/dashboard", ({ data }) =>
    json({ customers: data.customers_v2.length, revenue: 123_456, marker: BUSINESS }),
  ),
  // Whatever comes goes back, however large.
  anyToken("POST /api/phase0-v2/upload-image", ({ raw }) =>
    json({ image_url: `data:image/jpeg;base64,${raw.toString("base64")}` }),
  ),
];

/**
 * Documents as they are, hashes included, or 500 as soon as one has no name or an e-mail that the
 * backend's own validation refuses.
 */
export function listUsers({ data }: Ask, role: string | null = null): Answer {
  const isFine = ({ email, name }: Fields) => typeof name === "string" && isEmail(email);
  if (!data.users.every(isFine)) return unhandled();
  return json(role ? find(data.users, { role }) : data.users);
}

/** One document that was stored as it came, and nobody's list is made any more (LEGACY 8). */
const ofSound = ({ data }: Ask, answer: () => Answer): Answer =>
  data.subscriptions_v2.every(isSound) ? answer() : unhandled();

const excel = (filename: string, body: string): Answer => ({
  status: 200,
  headers: {
    "content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "content-disposition": `attachment; filename="${filename}"`,
  },
  body,
});

const isEmail = (email: unknown): boolean =>
  typeof email === "string" &&
  /^[^@\s]+@[^@\s]+\.(?!(?:local|invalid|test|onion)$)\w+$/.test(email);

/** A login with the default password, for whoever knows the name. */
function createDeliveryBoy({ body, data }: Ask): Answer {
  const id = crypto.randomUUID();
  const email = `${String(body["name"]).toLowerCase().replaceAll(" ", "_")}@earlybird.com`;
  const user = { role: "delivery_boy", phone: null, is_active: true, marker: STAFF };
  const made = { ...body, ...user, id, email, password_hash: "plain:delivery123" };
  data.users.push(made);
  return json(made);
}

/** Everybody's name, address and phone, with what they are to get. */
const deliveries = (ask: Ask): readonly Fields[] =>
  ask.data.customers_v2.map(({ address, id, marker, name, phone }) => {
    const items = subscriptionsOf(ask, String(id));
    return { customer_id: id, name, phone, address, items, marker };
  });

const asLine = ({ address, marker, name, phone }: Fields): string =>
  [name, phone, address, marker].join("\t");
