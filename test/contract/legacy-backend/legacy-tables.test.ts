import { describe, expect, it } from "vitest";
import { type Role, STAFF_ROLES } from "../../../src/core/roles.ts";
import {
  customerBodies,
  customerRoutes,
  staffRoutes,
} from "../../support/legacy-backend/legacy-tables.ts";
import type { Needs, Route } from "../../support/legacy-backend/route.ts";
import { ROUTES } from "../../support/legacy-backend/routes/all.ts";
import { LEGACY_ROUTES } from "../../support/legacy-backend/routes-table.ts";
import { resolve } from "../../support/legacy-backend/routing.ts";

const keyOf = ({ method, path }: Pick<Route, "method" | "path">) =>
  `${method} ${path.replace(/\{\w+\}/g, "{}")}`;
const STAND_IN = new Map(ROUTES.map((route) => [keyOf(route), route]));

/** The tables name some routes as "these methods at these paths", of which the backend has these not. */
const NEVER_MEANT = new Set([
  "POST /api/phase0-v2/areas/{}",
  "PUT /api/phase0-v2/areas",
  "DELETE /api/phase0-v2/areas",
  "POST /api/billing/settings",
  "PUT /api/billing/settings/qr-upload",
  // "GET /api/shared-delivery-links ... ; POST, DELETE": one is deleted by its id.
  "DELETE /api/shared-delivery-links",
  // Every method, one route each.
  "* /api/notifications/*",
]);

const documented = [...customerRoutes(), ...staffRoutes()].filter(
  ({ route }) => !NEVER_MEANT.has(route),
);

function needsOf(today: string): Needs {
  if (today === "public") return "nothing";
  return today.startsWith("role customer") ? ["customer"] : "token";
}

describe("the stand-in, beside the tables of docs/legacy.md", () => {
  it("the legacy backend's stand-in finds tables to compare with", () => {
    expect(customerRoutes().length).toBeGreaterThan(25);
    expect(staffRoutes().length).toBeGreaterThan(40);
    expect(customerBodies().length).toBe(10);
  });

  it.each(documented.map(({ route }) => route))("the legacy backend's stand-in has %s", (route) => {
    expect([...STAND_IN.keys()]).toContain(route);
  });

  it("the legacy backend's stand-in has no other of those paths, by any method", () => {
    const named = new Set(documented.map(({ route }) => route));
    const paths = new Set(documented.map(({ route }) => route.split(" ")[1] ?? ""));
    const more = [...STAND_IN.keys()].filter(
      (key) => paths.has(key.split(" ")[1] ?? "") && !named.has(key),
    );
    // The products' writes check a role themselves, and stand in the list below the tables.
    expect(more.filter((key) => !/^\w+ \/api\/products\//.test(key))).toEqual([]);
  });

  it.each(customerRoutes())(
    "the legacy backend's stand-in demands of a caller of $route what is said of it: $cells",
    ({ cells, route }) => {
      expect(STAND_IN.get(route)?.needs).toEqual(needsOf(cells[0] ?? ""));
    },
  );

  /** The rows of the test's own table for a documented route, ids put in. */
  const rowsFor = (route: string) =>
    LEGACY_ROUTES.filter(({ method, path }) => {
      const resolved = resolve(ROUTES, method, path.split("?")[0] ?? "");
      return resolved.kind === "route" && keyOf(resolved.route) === route;
    });

  const ofStaff = staffRoutes().filter(({ route }) => !NEVER_MEANT.has(route));
  it.each(ofStaff)(
    "the legacy backend's stand-in lets $route be reached by whom it should: $cells",
    ({ cells, route }) => {
      const [who = ""] = (cells[1] ?? "").split(/ \(|; /);
      const roles = STAFF_ROLES.filter((role) => who.split(/[ ,]+/).includes(role));
      const rows = rowsFor(route).filter(({ path }) => !path.includes("?"));
      expect(rows.length).toBeGreaterThan(0);
      for (const { allowed } of rows) expect([...allowed].sort()).toEqual([...roles].sort());
    },
  );

  it("the legacy backend's stand-in lets marketing reach users by the two drop-downs alone", () => {
    const rows = rowsFor("GET /api/phase0-v2/users");
    const marketings = rows.filter(({ allowed }) => allowed.includes("marketing_staff" as Role));
    expect(marketings.map(({ path }) => path.split("?")[1])).toEqual([
      "role=delivery_boy",
      "role=marketing_staff",
    ]);
  });

  it.each(customerBodies())(
    "the legacy backend's stand-in wants of $route the fields $required",
    ({ required, route }) => {
      const wanted = STAND_IN.get(route)?.bodyFields ?? [];
      // Of a list's objects the stand-in looks at none.
      const direct = required.filter((name) => !ITEM_FIELDS.has(name) || !route.includes("orders"));
      expect([...wanted].sort()).toEqual([...direct].sort());
    },
  );
});

const ITEM_FIELDS = new Set(["product_id", "product_name", "unit", "quantity", "price", "total"]);
