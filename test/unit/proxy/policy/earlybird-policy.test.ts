import { describe, expect, it } from "vitest";
import { type Role, STAFF_ROLES } from "../../../../src/core/roles.ts";
import { decided, earlybirdPolicy } from "../../../support/proxy/earlybird-policy.ts";

const POLICY = earlybirdPolicy();
const ROLES: readonly (Role | null)[] = ["customer", ...STAFF_ROLES, null];
const ALL: readonly Role[] = ["customer", ...STAFF_ROLES];
const ADMIN: readonly Role[] = ["admin"];
const SALES: readonly Role[] = ["admin", "marketing_staff"];
const LISTERS: readonly Role[] = ["admin", "marketing_staff", "delivery_boy"];
const CUSTOMER: readonly Role[] = ["customer"];
const EACH = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const P = "/api/phase0-v2";
const B = "/api/billing";
const L = "/api/shared-delivery-link";

/** LEGACY 7, row for row, with ids put in: methods, paths, and who should reach them. */
const ROWS: readonly (readonly [
  methods: string,
  paths: string,
  allowed: readonly Role[] | "public",
])[] = [
  ["GET", "/api/auth/me", ALL],
  ["POST GET", "/api/orders/", CUSTOMER],
  ["GET", "/api/orders/history", CUSTOMER],
  ["GET", "/api/orders/o-1", ALL],
  ["POST", "/api/orders/o-1/cancel", CUSTOMER],
  ["POST GET", "/api/subscriptions/", CUSTOMER],
  ["GET PUT", "/api/subscriptions/s-1", CUSTOMER],
  ["POST", "/api/subscriptions/s-1/override /api/subscriptions/s-1/pause", CUSTOMER],
  ["GET", "/api/products/ /api/products/p-1 /api/products/p-1/image", "public"],
  ["GET", `${P}/products ${P}/areas`, ALL],
  ["GET", `${P}/customers/c-1`, ["customer", ...LISTERS]],
  ["GET", `${P}/customer/c-1/calendar`, ["customer", ...SALES]],
  ["GET", `${P}/subscriptions ${P}/subscriptions/s-1`, ["customer", ...SALES]],
  ["POST", `${P}/customer/c-1/pause ${P}/customer/c-1/override`, ["customer", ...SALES]],
  ["POST", `${P}/customer/c-1/change-shift ${P}/customer/c-1/add-product`, ["customer", ...SALES]],
  ["GET", `${B}/payments/c-1 ${B}/wallet/balance/c-1`, ["customer", "admin"]],
  ["GET", `${B}/whatsapp-message/c-1`, ["customer", ...SALES]],
  ["POST", `${B}/wallet/topup`, CUSTOMER],
  ["GET", `${B}/settings`, ALL],

  ["GET", `${P}/users`, SALES],
  ["POST", `${P}/delivery-boys`, ADMIN],
  ["GET", `${P}/delivery-boys`, SALES],
  ["PUT", `${P}/delivery-boy/d-1/assign-area`, ADMIN],
  ["GET", `${P}/customers`, LISTERS],
  ["POST", `${P}/customers ${P}/customers-with-subscription`, SALES],
  ["PUT PATCH", `${P}/customers/c-1`, SALES],
  ["DELETE", `${P}/customers/c-1`, ADMIN],
  ["POST", `${P}/customers/confirm`, SALES],
  ["POST", `${P}/customers/import ${P}/customers/import/preview`, ADMIN],
  ["POST", `${P}/subscriptions`, SALES],
  ["PUT DELETE", `${P}/subscriptions/s-1`, SALES],
  ["GET", `${P}/delivery/generate ${P}/delivery/export-excel`, LISTERS],
  ["GET", `${P}/delivery/whatsapp-format`, ["admin", "delivery_boy"]],
  ["GET", `${P}/dashboard`, SALES],
  ["POST PUT DELETE", `${P}/areas ${P}/areas/a-1`, ADMIN],
  ["POST", `${P}/products`, ADMIN],
  ["POST", `${P}/upload-image`, LISTERS],
  ["GET", `${P}/download-sample-template`, ADMIN],
  ["POST", `${B}/monthly-view ${B}/monthly-view/update`, SALES],
  ["POST", `${B}/payment`, SALES],
  ["DELETE", `${B}/payment/p-1`, ADMIN],
  ["GET", `${B}/arrears-by-area`, SALES],
  ["POST", `${B}/wallet/deduct`, ADMIN],
  ["PUT POST", `${B}/settings ${B}/settings/qr-upload`, ADMIN],
  [EACH.join(" "), "/api/notifications/templates /api/notifications/templates/t-1", ADMIN],
  ["GET POST DELETE", `${L}s ${L}s/l-1`, ADMIN],
  ["GET", `${L}/l-1/auth`, ["delivery_boy"]],

  ["POST PUT PATCH DELETE", "/api/products/ /api/products/p-1", ADMIN],
  [EACH.join(" "), "/api/suppliers/ /api/suppliers/s-1/orders", ["admin", "supplier"]],
  ["GET POST", "/api/admin/users/", ADMIN],
  // PUT, PATCH and DELETE do not exist there: toggle-status is how a person is stopped.
  ["GET", "/api/admin/users/u-1", ADMIN],
  ["PUT", "/api/admin/users/u-1/toggle-status", ADMIN],
  [EACH.join(" "), "/api/admin/users/u-1/reset /api/admin/stats", ADMIN],
  [EACH.join(" "), "/api/admin/product-requests/ /api/admin/product-requests/r-1", SALES],
  [EACH.join(" "), "/api/marketing/leads/ /api/marketing/commissions/c-1", ["marketing_staff"]],

  ["GET", "/api/ /api/notifications/health", "public"],
  ["POST", "/api/auth/login", "public"],
  ["GET", `${L}/l-1`, "public"],
  ["POST", `${L}/l-1/add-product ${L}/l-1/pause ${L}/l-1/stop ${L}/l-1/mark-delivered`, "public"],
];

const CALLS = ROWS.flatMap(([methods, paths, allowed]) =>
  paths
    .split(" ")
    .flatMap((path) => methods.split(" ").map((method) => ({ method, path, allowed }))),
);
const isAllowed = (allowed: (typeof CALLS)[number]["allowed"], role: Role | null) =>
  allowed === "public" || (role !== null && allowed.includes(role));

describe("policy/earlybird.json", () => {
  it.each(CALLS)(
    "policy/earlybird.json: $method $path is for $allowed and for nobody else",
    ({ allowed, method, path }) => {
      const other = path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
      for (const spelling of [path, other]) {
        const roles = ROLES.filter((role) => decided(POLICY, method, spelling, role) !== null);
        expect(roles).toEqual(ROLES.filter((role) => isAllowed(allowed, role)));
      }
    },
  );

  it("policy/earlybird.json has no rule that is in no row", () => {
    const reached = CALLS.flatMap(({ method, path }) =>
      ROLES.map((role) => decided(POLICY, method, path, role)),
    );
    expect(
      POLICY.rules.filter((rule) => !reached.includes(rule)).map(({ match }) => match),
    ).toEqual([]);
  });

  it("policy/earlybird.json allows no other method where a row stands", () => {
    const named = new Set(CALLS.map(({ method, path }) => `${method} ${path}`));
    for (const { path } of CALLS) {
      for (const method of EACH.filter((each) => !named.has(`${each} ${path}`))) {
        for (const role of ROLES) {
          // What stands under a pattern of `GET /api/products/*` for each other path as well.
          if (path.startsWith("/api/products/p-1/") && role === "admin") continue;
          expect(decided(POLICY, method, path, role), `${method} ${path} ${role}`).toBeNull();
        }
      }
    }
  });

  it.each([
    ...["/api/api/disputes", "/api/api/admin/sql", "/api/customers", "/api/customers/c-1"],
    ...["/api/delivery/today", "/docs", "/redoc", "/openapi.json", "/", "/api/auth/register"],
    ...["/api/auth/otp/send", "/API/orders", "/api/Orders", "/api/orders/o-1/refund", "/orders"],
    ...[`${P}`, `${P}/customers/c-1/x`, `${P}/subscriptions/s-1/x`, `${P}/delivery`, "/api/admin"],
    ...[
      "/api/marketing",
      "/api/notifications",
      `${L}`,
      `${L}/l-1/x`,
      `${B}/wallet`,
      "/constructor",
    ],
    ...["/__proto__", "/api/__proto__", "/api/constructor/prototype", "/api/toString"],
  ])("policy/earlybird.json denies %s to everybody, by every method", (path) => {
    for (const method of [...EACH, "HEAD", "OPTIONS", "TRACE", "get"]) {
      for (const role of ROLES) expect(decided(POLICY, method, path, role)).toBeNull();
    }
  });

  it("policy/earlybird.json lets HEAD follow GET, and forwards no OPTIONS, TRACE or method of another's making", () => {
    expect(decided(POLICY, "HEAD", "/api/orders", "customer")?.match).toBe("GET /api/orders");
    for (const method of ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "*", "__proto__"]) {
      expect(decided(POLICY, method, "/api/admin/users", "admin")).toBeNull();
    }
  });

  it("policy/earlybird.json shows nobody a password hash where users documents come out", () => {
    for (const [method, path, role] of [
      ["GET", "/api/auth/me", "customer"],
      ["GET", `${P}/users`, "admin"],
      ["GET", "/api/admin/users", "admin"],
      ["PUT", "/api/admin/users/u-1/toggle-status", "admin"],
      ["GET", `${P}/users`, "marketing_staff"],
      ["GET", `${P}/delivery-boys`, "marketing_staff"],
      ["POST", "/api/auth/login", null],
    ] as const) {
      const rule = decided(POLICY, method, path, role);
      expect(rule?.redact).toEqual(["password", "password_hash"]);
      expect(rule?.judgesAnswer).toBe(true);
    }
  });

  it("policy/earlybird.json lets no write of a customer name its ids, and marketing staff change no phone either", () => {
    for (const [method, path] of [
      ["POST", `${P}/customers`],
      ["POST", `${P}/customers-with-subscription`],
      ["POST", `${P}/customers/confirm`],
      ["PUT", `${P}/customers/c-1`],
      ["PATCH", `${P}/customers/c-1`],
    ] as const) {
      for (const role of SALES) {
        const forbid = decided(POLICY, method, path, role)?.forbid ?? [];
        expect(forbid).toEqual(expect.arrayContaining(["id", "_id", "user_id"]));
        // A customer cannot be made without a phone (docs/legacy.md 1).
        const makesOne = method === "POST" && !path.endsWith("confirm");
        const compared = decided(POLICY, method, path, role)?.unchanged ?? [];
        expect(compared.map(({ field }) => field.name)).toEqual(
          role === "marketing_staff" && !makesOne ? ["phone"] : [],
        );
      }
    }
  });

  it("no request makes a user with our own mark, which linking trusts", () => {
    const forbid = decided(POLICY, "POST", "/api/admin/users/", "admin")?.forbid;
    expect(forbid).toEqual(["id", "_id", "user_id", "doorstep_customer_id"]);
  });

  it("policy/earlybird.json ends the sessions of a customer or user who was changed or deleted", () => {
    const ends = POLICY.rules.filter((rule) => rule.ends !== null).map(({ match }) => match);
    const at = `${P}/customers/:id`;
    expect(ends).toEqual([
      ...[`PUT ${at}`, `PUT ${at}`, `PATCH ${at}`, `PATCH ${at}`, `DELETE ${at}`],
      "PUT /api/admin/users/:id/toggle-status",
    ]);
  });

  it("policy/earlybird.json counts what strangers may do, and names what it cannot close as an accepted risk", () => {
    const open = POLICY.rules.filter(({ match }) => match.includes("/:link_id"));
    const strangers = open.filter(({ allow }) => allow === "public");
    expect(strangers.length).toBe(5);
    for (const { limits, risk } of strangers) {
      expect(limits.map(({ by }) => by)).toEqual(["address", { place: "path", name: "link_id" }]);
      expect(risk).not.toBeNull();
    }
    const login = decided(POLICY, "POST", "/api/auth/login", null);
    expect(login?.login).toEqual({ refuse: ["customer"] });
    // An address alone spends an account's budget for itself; many together, a wider one.
    const email = { place: "body", name: "email" };
    expect(login?.limits.map(({ by, per }) => [by, per])).toEqual([
      ["address", null],
      ["network", null],
      [email, "address"],
      [email, "network"],
      [email, null],
    ]);
    const names = POLICY.rules.flatMap(({ limits }) => limits.map(({ name }) => name));
    expect(Object.keys(POLICY.limits)).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
  });
});
