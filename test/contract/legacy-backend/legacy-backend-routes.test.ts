import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Role, STAFF_ROLES } from "../../../src/core/roles.ts";
import { askBackend, CLAIMS_OF } from "../../support/legacy-backend/callers.ts";
import { markerOf } from "../../support/legacy-backend/markers.ts";
import { ROUTES } from "../../support/legacy-backend/routes/all.ts";
import { LEGACY_ROUTES, type LegacyRoute } from "../../support/legacy-backend/routes-table.ts";
import { resolve } from "../../support/legacy-backend/routing.ts";
import { type LegacyBackend, startLegacyBackend } from "../../support/legacy-backend/start.ts";

const ROLES: readonly Role[] = ["customer", ...STAFF_ROLES];
const OTHERS = markerOf("c-2");

const named = (routes: readonly LegacyRoute[]) =>
  routes.map((route) => ({ ...route, name: `${route.method} ${route.path}` }));

/** Who gets through today; of several, somebody who should. */
function callerOf({ allowed, today }: LegacyRoute): Role | null {
  if (today === "nothing") return null;
  const able = today === "token" ? ROLES : today;
  return able.find((role) => allowed.includes(role)) ?? able[0] ?? null;
}

const claimsOf = (role: Role | null) => (role === null ? {} : { claims: CLAIMS_OF[role] });
const bodyOf = (body: object | undefined) => (body === undefined ? {} : { body });

describe("the table of LEGACY 7", () => {
  it("the table of LEGACY 7 holds every method and path once", () => {
    const keys = LEGACY_ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it("the table of LEGACY 7 holds every route that the stand-in has", () => {
    const used = LEGACY_ROUTES.map(({ method, path }) => {
      const resolved = resolve(ROUTES, method, path.split("?")[0] ?? "");
      return resolved.kind === "route" ? resolved.route : null;
    });
    const unused = ROUTES.filter((route) => !used.includes(route));
    expect(unused.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it("the table of LEGACY 7 says of each row what the stand-in's route demands", () => {
    for (const { method, path, today } of LEGACY_ROUTES) {
      const resolved = resolve(ROUTES, method, path.split("?")[0] ?? "");
      expect(resolved, `${method} ${path}`).toMatchObject({ kind: "route" });
      if (resolved.kind === "route") expect(resolved.route.needs, path).toEqual(today);
    }
  });

  it("the table of LEGACY 7 lets nobody in by the gateway who cannot get in at the backend", () => {
    const shut = LEGACY_ROUTES.filter(
      ({ allowed, today }) =>
        typeof today !== "string" && !allowed.every((role) => today.some((can) => can === role)),
    );
    expect(shut).toEqual([]);
  });
});

describe("the legacy backend's stand-in", () => {
  let backend: LegacyBackend;
  beforeEach(async () => {
    backend = await startLegacyBackend();
  });
  afterEach(() => backend.stop());

  it.each(named(LEGACY_ROUTES))(
    "the legacy backend's stand-in has $name, for whoever gets in today",
    async (route) => {
      const asked = { ...claimsOf(callerOf(route)), ...bodyOf(route.body) };
      const { status } = await askBackend(backend, route.name, asked);
      expect(status).toBe(route.answers ?? 200);
    },
  );

  const guarded = LEGACY_ROUTES.filter(({ today }) => today !== "nothing");
  it.each(named(guarded))(
    "the legacy backend's stand-in refuses $name to whoever has no token, or no role",
    async (route) => {
      const without = await askBackend(backend, route.name, bodyOf(route.body));
      expect([without.status, without.text]).toEqual([403, '{"detail":"Not authenticated"}']);
      for (const role of ROLES) {
        if (typeof route.today === "string" || route.today.some((can) => can === role)) continue;
        const asked = { ...claimsOf(role), ...bodyOf(route.body) };
        const { status, text } = await askBackend(backend, route.name, asked);
        expect([role, status, text]).toEqual([role, 403, '{"detail":"Insufficient permissions"}']);
      }
    },
  );

  const another = (route: LegacyRoute) =>
    askBackend(backend, `${route.method} ${route.othersPath ?? route.path}`, {
      claims: CLAIMS_OF.customer,
      ...bodyOf(route.othersBody ?? route.body),
    });
  const ofSomebody = LEGACY_ROUTES.filter(
    ({ othersBody, othersPath }) => othersPath !== undefined || othersBody !== undefined,
  );

  const open = ofSomebody.filter(({ ownerChecked }) => !ownerChecked);
  it.each(named(open))(
    "the legacy backend's stand-in shows one customer another's by $name",
    async (route) => {
      const { status, text } = await another(route);
      expect(status).toBe(200);
      expect(text).toContain(OTHERS);
    },
  );

  const checked = ofSomebody.filter(({ ownerChecked }) => ownerChecked);
  it.each(named(checked))(
    "the legacy backend's stand-in keeps another's from a customer at $name",
    async (route) => {
      const { status, text } = await another(route);
      expect([403, 404]).toContain(status);
      expect(text).not.toContain(OTHERS);
    },
  );

  it.each(named(ofSomebody))(
    "the legacy backend's stand-in shows a customer nothing but their own by $name",
    async (route) => {
      const asked = { claims: CLAIMS_OF.customer, ...bodyOf(route.body) };
      const { text } = await askBackend(backend, route.name, asked);
      expect(text).not.toContain(OTHERS);
    },
  );

  it("the legacy backend's stand-in keeps its data to itself: what one writes, another does not see", async () => {
    await askBackend(backend, "DELETE /api/phase0-v2/customers/c-2", { claims: CLAIMS_OF.admin });
    const other = await startLegacyBackend();
    expect(backend.data.customers_v2).toHaveLength(3);
    expect(other.data.customers_v2).toHaveLength(4);
    await other.stop();
  });
});
