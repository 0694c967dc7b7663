import { type Answer, json, notFound, refused } from "../answer.ts";
import { type Fields, find, findOne } from "../filter.ts";
import { BUSINESS, markerOf } from "../markers.ts";
import { type Ask, anyToken, forRoles, type Route } from "../route.ts";
import { insert, remove, withOne } from "./catalogue.ts";

const admins = forRoles("admin");

export const BILLING_ROUTES: readonly Route[] = [
  anyToken("GET /api/billing/payments/{id}", ({ data, params }) =>
    json(find(data.payments, { customer_id: params["id"] })),
  ),
  anyToken("GET /api/billing/wallet/balance/{id}", ({ data, params }) => {
    const wallet = findOne(data.wallets, { customer_id: params["id"] });
    return json(wallet ?? { customer_id: params["id"], balance: 0 });
  }),
  anyToken("GET /api/billing/whatsapp-message/{id}", (ask) =>
    withOne(ask, "customers_v2", ({ marker, name, phone, previous_balance }) =>
      json({ phone, message: `Dear ${name}, you owe ${previous_balance}. ${marker}` }),
    ),
  ),
  anyToken("POST /api/billing/wallet/topup", (ask) => credit(ask, 1), ["customer_id", "amount"]),
  // Whether the balance suffices is checked; that the amount is positive is not.
  anyToken("POST /api/billing/wallet/deduct", (ask) => credit(ask, -1), ["customer_id", "amount"]),
  anyToken("POST /api/billing/monthly-view", (ask) => json(monthlyView(ask)), []),
  anyToken("POST /api/billing/monthly-view/update", updateMonthlyView, ["customer_id"]),
  anyToken(
    "POST /api/billing/payment",
    (ask) => insert(ask, "payments", { marker: markerOf(String(ask.body["customer_id"])) }),
    ["customer_id", "amount"],
  ),
  anyToken("DELETE /api/billing/payment/{id}", (ask) => remove(ask, "payments")),
  anyToken("GET /api/billing/arrears-by-area", ({ data }) => {
    const owed = data.customers_v2.map(({ previous_balance }) => Number(previous_balance ?? 0));
    return json({ Indiranagar: owed.reduce((sum, each) => sum + each, 0), marker: BUSINESS });
  }),
  anyToken("GET /api/billing/settings", ({ data }) => json(data.billing_settings[0])),
  admins("PUT /api/billing/settings", (ask) => changeSettings(ask, ask.body), []),
  admins("POST /api/billing/settings/qr-upload", (ask) =>
    changeSettings(ask, { qr_code: ask.raw.toString("base64") }),
  ),
];

/** The body's customer_id goes into the filter as it is. */
function credit({ body, data }: Ask, sign: 1 | -1): Answer {
  const amount = Number(body["amount"]);
  if (Number.isNaN(amount)) return refused("amount is no number");
  const wallet = findOne(data.wallets, { customer_id: body["customer_id"] });
  if (wallet === undefined) return notFound("Wallet");
  const balance = Number(wallet["balance"]) + sign * amount;
  if (balance < 0) return refused("Insufficient balance");
  return json(Object.assign(wallet, { balance }));
}

const monthlyView = ({ data }: Ask): readonly Fields[] =>
  data.customers_v2.map(({ id, marker, name, previous_balance }) => ({
    customer_id: id,
    name,
    previous_balance,
    marker,
  }));

function updateMonthlyView({ body, data }: Ask): Answer {
  const customer = findOne(data.customers_v2, { id: body["customer_id"] });
  if (customer === undefined) return notFound("Customer");
  const { id } = customer;
  const { customer_id: _, ...changes } = body;
  return json(Object.assign(customer, changes, { id }));
}

function changeSettings({ data }: Ask, changes: Fields): Answer {
  const [settings = {}] = data.billing_settings;
  return json(Object.assign(settings, changes));
}
