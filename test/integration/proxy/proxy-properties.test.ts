import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../../src/core/roles.ts";
import { LEGACY_ROUTES, type LegacyRoute } from "../../support/legacy-backend/routes-table.ts";
import { readTarget } from "../../support/legacy-backend/routing.ts";
import { earlybirdPolicy } from "../../support/proxy/earlybird-policy.ts";
import { pathSpellings } from "../../support/proxy/foreign-spellings.ts";
import { HOSTILE, IDENTITY_NAMES, spellingsOf } from "../../support/proxy/hostile-headers.ts";
import { type Caller, members, strangers } from "../../support/proxy/proxied-callers.ts";
import { type Asked, fetchWorld, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

/** The rules that look into a body. */
const POLICY = earlybirdPolicy();
const judging = new Set(
  POLICY.rules.flatMap(({ judgesBody, match }) => (judgesBody ? [match] : [])),
);
const isJudged = ({ method, path }: LegacyRoute): boolean =>
  judging.has(`${method} ${POLICY.find(method, path)?.pattern}`);
const RUNS = 400;
/** The gateway answers that one itself. */
const ROUTES = LEGACY_ROUTES.filter(({ path }) => path !== "/openapi.json");

const DENIALS = ["request-malformed", "route-denied", "not-owner", "token-missing"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"];
const CALLERS = [
  "customer",
  "admin",
  "marketing_staff",
  "delivery_boy",
  "supplier",
  "nobody",
] as const;

/** A segment of a real path, an id spelled in any way, or anything at all. */
const segment = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("c-1", "c-2", "s-1", "o-1", "customers", "users", "pause"),
  },
  { weight: 3, arbitrary: fc.constantFrom(...pathSpellings("c-1", "c-2")) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 8 }).map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 6 }) },
);

type Change = (segments: readonly string[], at: number, other: string) => readonly string[];
const CHANGES: readonly Change[] = [
  (segments) => segments,
  ...Array<Change>(3).fill((segments, _, other) => segments.with(-1, other)),
  ...Array<Change>(2).fill((segments, _, other) =>
    segments.with(-1, `${segments.at(-1)}%2F${other}`),
  ),
  (segments, at, other) => segments.with(at, `${segments[at]}%2F${other}`),
  (segments) => [...segments, ""],
  (segments, at, other) => segments.with(at, other),
  (segments, at, other) => segments.toSpliced(at, 0, other),
  (segments, at) => segments.toSpliced(at, 1),
  (segments, at) =>
    segments.with(
      at,
      (segments[at] ?? "").replace(/./, (one) => `%${one.charCodeAt(0).toString(16)}`),
    ),
  (segments, at) => segments.with(at, (segments[at] ?? "").toUpperCase()),
  (segments) => [segments.join("%2F")],
];

/** A row of LEGACY 7, changed in one place, by its method or another. */
const rowOf = (routes: readonly LegacyRoute[], changes: readonly Change[]) =>
  fc
    .record({
      route: fc.constantFrom(...routes),
      change: fc.constantFrom(...changes),
      at: fc.nat(9),
      other: segment,
      method: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, fc.constantFrom(...METHODS)),
    })
    .map(({ at, change, method, other, route }) => {
      const [path = "", ...query] = route.path.split("?");
      const segments = path.slice(1).split("/");
      const changed = change(segments, at % segments.length, other).join("/");
      return {
        method: method ?? route.method,
        path: `/${changed}`,
        query: query.length === 0 ? "" : `?${query.join("?")}`,
        body: route.body,
        allowed: route.allowed[0],
      };
    });

const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc
      .array(
        fc.tuple(
          fc.constantFrom("customer_id", "month", "x", "user_id", "customer%5Fid", "'", "é"),
          fc.oneof(fc.constantFrom("c-1", "c-2", "", "2026-12"), fc.string({ maxLength: 5 })),
        ),
        { maxLength: 3 },
      )
      .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value}`).join("&")}`),
  },
);

const encoder = new TextEncoder();
const json = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc
    .dictionary(
      fc.constantFrom("subscription_id", "customer_id", "amount", "name", "phone", "id", "$ne"),
      fc.oneof(fc.constantFrom("s-1", "s-2", "c-1", "c-2", 1, null), fc.jsonValue({ maxDepth: 1 })),
    )
    .map((value) => JSON.stringify(value)),
);
const body = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: json.map((text) => encoder.encode(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)) },
);

/** Any letters in upper or lower case; any hyphen as what a framework takes for the same. */
const headerName = fc
  .tuple(fc.constantFrom(...IDENTITY_NAMES.flatMap(spellingsOf)), fc.infiniteStream(fc.nat(7)))
  .map(([name, choices]) =>
    [...name]
      .map((one) => {
        const choice = choices.next().value;
        if (one === "-") return ["-", "-", "_", ".", "~", "-", "!", "+"][choice];
        return choice % 2 === 0 ? one.toUpperCase() : one.toLowerCase();
      })
      .join(""),
  );
const headers = fc.record({
  hostile: fc.array(headerName, { maxLength: 6 }),
  connection: fc.option(
    fc.constantFrom("x-user-id", "authorization, x-user-role", "close, X-Customer-Id"),
    { freq: 3 },
  ),
  type: fc.constantFrom("application/json", "application/json", "application/vnd.api+json", null),
});

/** Mostly somebody who may: what is refused shows less. */
const caller = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.constantFrom(...CALLERS));
const spelled = fc.record({
  row: rowOf(ROUTES, CHANGES),
  query,
  headers,
  caller,
  body: fc.constant(null),
});
const WITH_BODY = ROUTES.filter(({ body, method }) => body !== undefined && method !== "GET");
const JUDGED = WITH_BODY.filter(isJudged);
const filled = fc.record({
  row: rowOf([...WITH_BODY, ...JUDGED, ...JUDGED, ...JUDGED], [(segments) => segments]),
  body,
  headers,
  caller,
  query: fc.constant(null),
});
type ValueOf<T> = T extends fc.Arbitrary<infer Value> ? Value : never;
type Generated = ValueOf<typeof spelled> | ValueOf<typeof filled>;

/** Whether segments fit a pattern, said a second time and otherwise than the proxy's trie says it. */
function fits(pattern: string, segments: readonly string[]): boolean {
  const parts = pattern.slice(1).split("/");
  const isOpen = parts.at(-1) === "*";
  const fixed = isOpen ? parts.slice(0, -1) : parts;
  const isLongEnough = isOpen ? segments.length > fixed.length : segments.length === fixed.length;
  return isLongEnough && fixed.every((part, at) => part.startsWith(":") || part === segments[at]);
}

let world: ProxiedWorld;
let callers: Readonly<Record<Role, Caller>>;
let nobody: Caller;
beforeAll(async () => {
  world = await fetchWorld();
  callers = await members(world);
  [nobody = { authorization: null }] = await strangers(world);
});
afterAll(() => world.stop());

/** Some requests end the customer's sessions. */
async function renewed(): Promise<void> {
  await world.reset();
  world.test.lines.length = 0;
  const headers = [["authorization", `${callers.customer.authorization}`] as const];
  const me = await world.ask({ method: "GET", target: "/auth/me", headers });
  if (me.status === 401) callers = await members(world);
}

type Line = { readonly event: string; readonly route: string; readonly status: number };
const lastLine = (): Line =>
  world.test.lines
    .map((line) => JSON.parse(line) as Line)
    .filter(({ event }) => event === "request")
    .at(-1) ?? { event: "none", route: "", status: 0 };

function askedFor(generated: Generated): Asked & { readonly bytes: Uint8Array } {
  const { body, headers, query, row } = generated;
  const caller = generated.caller ?? row.allowed ?? "customer";
  const isNobody = caller === "nobody" || caller === "public";
  const { authorization } = isNobody ? nobody : callers[caller];
  const hasBody = row.method !== "GET" && row.method !== "HEAD";
  const bytes = body ?? (row.body === undefined ? null : encoder.encode(JSON.stringify(row.body)));
  const list: [string, string][] = headers.hostile.map((name) => [name, HOSTILE]);
  if (authorization !== null) list.push(["authorization", authorization]);
  if (headers.connection !== null) list.push(["connection", headers.connection]);
  if (headers.type !== null) list.push(["content-type", headers.type]);
  return {
    method: row.method,
    target: row.path + (query ?? row.query),
    headers: list,
    ...(hasBody && bytes !== null && { body: bytes }),
    bytes: hasBody && bytes !== null ? bytes : new Uint8Array(),
  };
}

/** Sends it and looks at what came of it. @returns what the backend got, if anything */
async function expectAsMatched(generated: Generated) {
  await renewed();
  const { bytes, ...asked } = askedFor(generated);
  // No URL, which no platform would hand over; or a route of the gateway's own.
  const isUrl = URL.canParse(asked.target, "http://localhost");
  if (!isUrl || /^\/(\/|auth\/)/.test(asked.target)) return null;
  world.test.lines.length = 0;
  const got = await world.ask(asked);
  const { route, status } = lastLine();
  expect(status).toBe(got.status);
  expect(got.code).not.toBe("internal");
  const [seen, ...more] = world.backend.received;
  expect(more).toEqual([]);
  if (seen === undefined) {
    expect(got.status).toBeGreaterThanOrEqual(400);
    return null;
  }
  expect(DENIALS).not.toContain(got.code);
  expect(seen.method).toBe(asked.method);
  const segments = readTarget(seen.target).path.replace(/\/$/, "").split("/").slice(1);
  expect(fits(route, segments), `${seen.target} is not at ${route}`).toBe(true);
  expect(seen.rawHeaders.join("\n")).not.toContain(HOSTILE);
  expect(seen.values("authorization").length).toBe(seen.values("x-user-id").length);
  expect(Buffer.compare(seen.body, bytes)).toBe(0);
  return { wasJudged: judging.has(`${seen.method} ${route}`) && bytes.length > 0 };
}

describe("the backend gets what the rule matched, or nothing", () => {
  it("the backend gets what the rule matched, or nothing however path, query and headers are spelled", {
    timeout: 60_000,
  }, async () => {
    let passed = 0;
    const property = fc.asyncProperty(spelled, async (generated) => {
      if ((await expectAsMatched(generated)) !== null) passed++;
    });
    await fc.assert(property, { numRuns: RUNS });
    // Or else nothing was shown.
    expect(passed).toBeGreaterThan(RUNS / 8);
  });

  it("the backend gets the body that the rule judged, or nothing", {
    timeout: 60_000,
  }, async () => {
    let judged = 0;
    const property = fc.asyncProperty(filled, async (generated) => {
      if ((await expectAsMatched(generated))?.wasJudged) judged++;
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(judged).toBeGreaterThan(RUNS / 40);
  });
});
