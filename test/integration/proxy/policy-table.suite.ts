import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Role, STAFF_ROLES } from "../../../src/core/roles.ts";
import { CLAIMS_OF } from "../../support/legacy-backend/callers.ts";
import { HASH_MARK } from "../../support/legacy-backend/markers.ts";
import type { ReceivedRequest } from "../../support/legacy-backend/received.ts";
import { LEGACY_ROUTES, type LegacyRoute } from "../../support/legacy-backend/routes-table.ts";
import { HOSTILE, HOSTILE_HEADERS } from "../../support/proxy/hostile-headers.ts";
import {
  type Caller,
  members,
  type Stranger,
  strangers,
} from "../../support/proxy/proxied-callers.ts";
import type { Got, ProxiedPlace } from "../../support/proxy/proxied-world.ts";

const ROLES: readonly Role[] = ["customer", ...STAFF_ROLES];
const V2 = "/api/phase0-v2";

/** Staff at the customers' routes, of which LEGACY says nothing: docs/policy.md does. */
const STAFF_AT: readonly (readonly [path: RegExp, roles: readonly Role[]])[] = [
  [/^\/api\/(auth\/me|phase0-v2\/(products|areas)|billing\/settings)$/, STAFF_ROLES],
  [/^\/api\/phase0-v2\/customers\/c-1$/, ["admin", "marketing_staff", "delivery_boy"]],
  [/^\/api\/phase0-v2\/subscriptions[?/]/, ["admin", "marketing_staff"]],
  [/^\/api\/billing\/(payments|wallet\/balance)\/c-1$/, ["admin"]],
];

const isPublic = ({ allowed }: LegacyRoute): boolean => allowed.includes("public");
/** The gateway answers these itself. */
const isOwn = ({ path }: LegacyRoute): boolean => path === "/openapi.json";

function letsIn(route: LegacyRoute, role: Role): boolean {
  if (isPublic(route) || route.allowed.includes(role)) return true;
  const [, roles = []] = STAFF_AT.find(([path]) => path.test(route.path)) ?? [];
  return route.unsaid.includes(role) && roles.includes(role);
}

/** Marketing reaches two lists of users by a schema of the query; another query does not fit it. */
function refusalOf({ path }: LegacyRoute, role: Role): readonly [number, string] {
  const byQuery = role === "marketing_staff" && /^\/api\/phase0-v2\/users(?:\?|$)/.test(path);
  return byQuery ? [422, "validation-failed"] : [403, "route-denied"];
}

interface Sampled {
  /** So many kinds, of all by default. */
  readonly strangers?: number;
  /** Where nothing that a row does ends a session. Default false: the customer logs in for each. */
  readonly loginOnce?: boolean;
}

/**
 * LEGACY 7, row for row, for everybody: what the door decides, and what the backend then sees.
 */
export function policyTableSuite(
  makeWorld: () => Promise<ProxiedPlace>,
  { loginOnce = false, strangers: atMost }: Sampled = {},
): void {
  let world: ProxiedPlace;
  let outside: readonly Stranger[];
  beforeAll(async () => {
    world = await makeWorld();
    outside = (await strangers(world)).slice(0, atMost);
  });
  afterAll(() => world.stop());

  let known: Promise<Record<Role, Caller>> | null = null;
  /** Anew for each row: some end the customer's sessions. */
  const insiders = async () => {
    await world.reset();
    if (!loginOnce) return members(world);
    known ??= members(world);
    return known;
  };
  const ask = async ({ body, method, path }: LegacyRoute, { authorization }: Caller) => {
    await world.reset();
    const shown = authorization === null ? [] : [["authorization", authorization] as const];
    const headers = [...HOSTILE_HEADERS, ...shown];
    const got = await world.ask({ method, target: path, headers, ...(body && { body }) });
    expect(got.text).not.toContain(HASH_MARK);
    return got;
  };

  /** The one request that the backend got. */
  const seenFor = (route: LegacyRoute, got: Got): ReceivedRequest => {
    expect(got.status, got.text).toBe(route.answers ?? 200);
    const [seen, ...more] = world.backend.received;
    if (seen === undefined || more.length > 0) throw new Error("not one request");
    expect([seen.method, seen.target]).toEqual([route.method, route.path]);
    expect(seen.body.toString()).toBe(route.body === undefined ? "" : JSON.stringify(route.body));
    expect(seen.rawHeaders.join("\n")).not.toContain(HOSTILE);
    expect(namesOf(seen)).not.toMatch(/[_.]|^cookie/im);
    expect(seen.values("x-request-id")).toEqual([got.headers.get("x-request-id")]);
    expect(seen.values("traceparent")).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-/)]);
    return seen;
  };

  const expectRefused = (got: Got, status: number, code: string) => {
    expect([got.status, got.code], got.text).toEqual([status, code]);
    expect(world.backend.received).toEqual([]);
    expect(got.headers.get("cache-control")).toBe("no-store");
    expect(got.headers.get("vary")).toContain("authorization");
  };

  const named = LEGACY_ROUTES.map((route) => ({ ...route, name: `${route.method} ${route.path}` }));
  const guarded = named.filter((route) => !isPublic(route) && !isOwn(route));

  describe.each(guarded)("$name", (route) => {
    it("is for its own roles, which the backend knows by a fresh token, and for no other", async () => {
      const inside = await insiders();
      for (const role of ROLES) {
        const got = await ask(route, inside[role]);
        if (!letsIn(route, role)) {
          expectRefused(got, ...refusalOf(route, role));
          continue;
        }
        const seen = seenFor(route, got);
        expectTold(seen, role, inside[role], world.test.site.issuer);
        expect(got.headers.get("cache-control")).toBe("no-store");
        expect(got.headers.get("vary")).toContain("authorization");
        const [minted = ""] = seen.values("authorization");
        expect(JSON.stringify([got.text, ...got.headers])).not.toContain(minted.slice(7));
      }
    });

    it("a route is for no caller without a valid token", async () => {
      for (const stranger of outside) {
        expectRefused(await ask(route, stranger), 401, stranger.code);
      }
    });
  });

  it.each(named.filter(isPublic))(
    "$name is for all callers, without any credential",
    async (route) => {
      const inside = await insiders();
      const everybody = [...ROLES.map((role) => inside[role]), ...outside.slice(0, 4)];
      for (const caller of everybody) {
        const seen = seenFor(route, await ask(route, caller));
        expect(namesOf(seen)).not.toMatch(/authorization|x-(user|customer|session)/i);
        expect(seen.claims).toBeNull();
      }
    },
  );

  it("the gateway answers /openapi.json itself", async () => {
    const { admin } = await insiders();
    for (const caller of [admin, ...outside.slice(0, 1)]) {
      const { text } = await world.ask({
        method: "GET",
        target: "/openapi.json",
        headers: caller.authorization === null ? [] : [["authorization", caller.authorization]],
      });
      expect(JSON.parse(text).info.title).not.toContain("EarlyBird");
      expect(world.backend.received).toEqual([]);
    }
  });

  it("the policy denies a request that no row allows", async () => {
    const { admin } = await insiders();
    for (const path of [`${V2}/customers/c-1/notes`, "/api/metrics", "/api/auth/register"]) {
      for (const method of ["GET", "POST", "HEAD", "PROPFIND"]) {
        const { status } = await world.ask({
          method,
          target: path,
          headers: [["authorization", `${admin.authorization}`]],
        });
        expect([method, path, status]).toEqual([method, path, 403]);
      }
    }
    expect(world.backend.received).toEqual([]);
  });

  it("the gateway answers / itself under every method, and never asks the backend for it", async () => {
    const { admin } = await insiders();
    for (const [method, expected] of [
      ["GET", 404],
      ["HEAD", 404],
      ["POST", 405],
      ["PROPFIND", 405],
    ] as const) {
      const headers = [["authorization", `${admin.authorization}`]] as const;
      const { status } = await world.ask({ method, target: "/", headers });
      expect([method, status]).toEqual([method, expected]);
    }
    expect(world.backend.received).toEqual([]);
  });
}

/** A legacy token of our own for this very person, minutes long, and the same in headers. */
function expectTold(
  seen: ReceivedRequest,
  role: Role,
  { authorization }: Caller,
  issuer: string,
): void {
  const { claims } = seen;
  if (claims === null) throw new Error("no good token");
  const { exp = 0, iat = 0 } = claims;
  const { email: _, ...told } = claims;
  expect(told).toEqual({
    ...CLAIMS_OF[role],
    iss: issuer,
    jti: expect.any(String),
    iat: expect.any(Number),
    exp: iat + 300,
  });
  const now = Date.now() / 1000;
  expect(iat).toBeLessThanOrEqual(now + 1);
  expect(exp).toBeGreaterThan(now + 59);
  expect(seen.values("authorization")).toEqual([expect.stringMatching(/^Bearer [\w.-]+$/)]);
  expect(seen.rawHeaders).not.toContain(authorization);
  expect(seen.values("x-user-id")).toEqual([CLAIMS_OF[role].sub]);
  expect(seen.values("x-user-role")).toEqual([role]);
  const isCustomer = role === "customer";
  expect(seen.values("x-customer-id")).toEqual(isCustomer ? ["c-1"] : []);
  expect(seen.values("x-session-id")).toEqual(isCustomer ? [sidOf(authorization)] : []);
}

const namesOf = ({ rawHeaders }: ReceivedRequest): string =>
  rawHeaders.filter((_, at) => at % 2 === 0).join("\n");

const sidOf = (authorization: string | null): unknown =>
  JSON.parse(Buffer.from(`${authorization}`.split(".")[1] ?? "", "base64url").toString()).sid;
