import { describe, expect, it } from "vitest";
import type { Role } from "../../../src/core/roles.ts";
import { PAGES, type Page } from "../../support/legacy-backend/pages.ts";
import { ROUTES } from "../../support/legacy-backend/routes/all.ts";
import { LEGACY_ROUTES } from "../../support/legacy-backend/routes-table.ts";
import { resolve } from "../../support/legacy-backend/routing.ts";
import { fetchWorld } from "../../support/proxy/proxied-world.ts";
import { pagesSuite } from "./pages.suite.ts";

/** The backend's own pattern for a call; null where the backend redirects, or has no such route. */
function routeOf(method: string, path: string): string | null {
  const found = resolve(ROUTES, method, path.split("?")[0] ?? "");
  return found.kind === "route" ? `${found.route.method} ${found.route.path}` : null;
}

describe("a page of the old web app, by fetch,", () => pagesSuite(fetchWorld));

describe("the list of pages", () => {
  const routesOf = (role: Page["roles"][number]): ReadonlySet<string | null> =>
    new Set(
      PAGES.filter(({ roles }) => roles.includes(role)).flatMap(({ calls }) =>
        calls.map(([method, path]) => routeOf(method, path)),
      ),
    );

  it.each(["public", "customer", "admin", "marketing_staff", "delivery_boy", "supplier"] as const)(
    "the list of pages calls every route of LEGACY 7 that is for %s",
    (role: "public" | Role) => {
      const wanted = LEGACY_ROUTES.filter(({ allowed }) => allowed.includes(role))
        .map(({ method, path }) => routeOf(method, path))
        // A star in LEGACY 7 names no route that a page could call.
        .filter((route) => route !== null && !route.endsWith("*"));
      const called = routesOf(role);
      expect([...new Set(wanted)].filter((route) => !called.has(route))).toEqual([]);
    },
  );
});
