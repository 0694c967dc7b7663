import { describe, expect, it } from "vitest";
import {
  checkClock,
  differenceMs,
  type OtherClock,
} from "../../../../src/cli/doctor/check-clock.ts";
import { checkKeys } from "../../../../src/cli/doctor/check-keys.ts";
import { indexLines, topologyOf } from "../../../../src/cli/doctor/check-mongo.ts";
import { backendRoutesOf, comparedLines } from "../../../../src/cli/doctor/check-policy.ts";
import { loggedFindings } from "../../../../src/cli/doctor/check-settings.ts";
import { type Checked, checked } from "../../../../src/cli/doctor/finding.ts";
import { doctorScreen } from "../../../../src/cli/output/doctor-screen.ts";
import { AdapterError } from "../../../../src/ports/adapter-error.ts";
import { readPolicy } from "../../../../src/proxy/policy/read-policy.ts";
import { completeSettings } from "../../../../src/runtimes/shared/complete-settings.ts";
import { generateKeys } from "../../../../src/tokens/generate-keys.ts";
import { loaded } from "../../../support/gateway/load-settings.ts";

const statesOf = (lines: readonly Checked[]) => lines.map(({ state }) => state);
const MADE = Date.parse("2026-01-10T00:00:00Z");
const DAY_MS = 24 * 3_600_000;

async function settingsWith(env: Readonly<Record<string, string>> = {}) {
  const keys = await generateKeys({ now: () => MADE });
  const { settings } = completeSettings(
    loaded({
      JWT_PRIVATE_JWKS: keys.jwtPrivateJwks,
      SECRET_KEYS: keys.secretKeys,
      INDEX_KEY: keys.indexKey,
      ...env,
    }),
  );
  return { keys, settings };
}

describe("doctor compares clocks", () => {
  const clock = (at: number, coarseMs = 0): OtherClock => ({
    name: "Redis",
    at,
    coarseMs,
    sentAt: 100_000,
    receivedAt: 101_000,
  });

  it("doctor finds no difference that the time of the question explains", () => {
    expect(differenceMs(clock(100_000))).toBe(0);
    expect(differenceMs(clock(101_000))).toBe(0);
    expect(differenceMs(clock(101_001))).toBe(1);
    expect(differenceMs(clock(99_999))).toBe(-1);
    expect(differenceMs(clock(99_000, 1_000))).toBe(0);
  });

  it("doctor finds a clock that is more than two seconds off, either way, and none at two", () => {
    expect(statesOf(checkClock([clock(103_000), clock(98_000)]))).toEqual(["ok"]);
    const lines = checkClock([clock(103_001), clock(97_000)]);
    expect(lines.map(({ what }) => what)).toEqual([
      "Redis is 2 s ahead of this machine",
      "Redis is 3 s behind this machine",
    ]);
  });

  it("doctor calls no clock good where there is none to compare with", () => {
    expect(statesOf(checkClock([]))).toEqual(["unknown"]);
  });
});

describe("doctor looks at keys", () => {
  it("doctor names the signing key and the age of the keys, and prints none of them", async () => {
    const { keys, settings } = await settingsWith();
    const lines = checkKeys(settings, MADE + 70 * DAY_MS);
    expect(statesOf(lines)).toEqual(["ok"]);
    const { d, kid } = JSON.parse(keys.jwtPrivateJwks).keys[0];
    const text = JSON.stringify(lines);
    expect(text).toContain(
      `ES256 key ${kid.slice(0, 8)} signs, 1 more verify; the signing key is 2 months old`,
    );
    for (const secret of [d, keys.indexKey, keys.secretKeys.split(":")[1]]) {
      expect(text).not.toContain(secret);
    }
  });

  it("doctor does not guess the age of a key that does not tell it", async () => {
    const { keys } = await settingsWith();
    const jwks = JSON.parse(keys.jwtPrivateJwks);
    delete jwks.keys[0].iat;
    const { settings } = await settingsWith({ JWT_PRIVATE_JWKS: JSON.stringify(jwks) });
    expect(checkKeys(settings, MADE)[0]?.what).toContain("the signing key is of unknown age");
  });

  it("doctor finds keys of more than a year", async () => {
    const { settings } = await settingsWith();
    expect(statesOf(checkKeys(settings, MADE + 400 * DAY_MS))).toEqual([
      "ok",
      "finding",
      "finding",
    ]);
  });

  it("doctor finds one secret under two settings, in development too", async () => {
    const token = "one-token-for-two-purposes-0123456789";
    const { settings } = await settingsWith({
      ADMIN_TOKEN: token,
      TWILIO_AUTH_TOKEN: token,
      NODE_ENV: "development",
    });
    const shared = checkKeys(settings, MADE).filter(({ state }) => state === "finding");
    expect(shared.map(({ what }) => what)).toEqual([
      "ADMIN_TOKEN and TWILIO_AUTH_TOKEN hold the same secret",
    ]);
    expect(JSON.stringify(shared)).not.toContain(token);
  });
});

describe("doctor compares the policy with the backend's routes", () => {
  const policyWith = (...rules: readonly string[]) => {
    const read = readPolicy(
      JSON.stringify({ rules: rules.map((match) => ({ match, allow: ["admin"] })) }),
    );
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    return read.value;
  };
  const whats = (rules: readonly string[], ...routes: readonly (readonly [string, string])[]) =>
    comparedLines(
      policyWith(...rules),
      routes.map(([method, path]) => ({ method, path })),
    ).map(({ what }) => what);

  it("doctor finds nothing where every route has a rule and every rule a route", () => {
    const rules = ["GET /api/orders/:id", "* /api/suppliers/*", "GET /api/products"];
    expect(
      whats(
        rules,
        ["GET", "/api/orders/{order_id}"],
        ["DELETE", "/api/suppliers/{id}/stock"],
        ["GET", "/api/products/"],
      ),
    ).toEqual([]);
  });

  it("doctor names routes without a rule, a method without a rule and rules without a route", () => {
    expect(
      whats(
        ["GET /api/orders/:id", "PUT /api/areas"],
        ["GET", "/api/orders/{id}"],
        ["POST", "/api/orders/{id}"],
        ["GET", "/api/orders/{id}/items"],
      ),
    ).toEqual([
      "no rule names POST /api/orders/{id}, GET /api/orders/{id}/items",
      "the backend has no route for PUT /api/areas",
    ]);
  });

  it("doctor expects no rule for the routes that must stay shut", () => {
    const shut = ["/docs", "/openapi.json", "/api/api/disputes", "/api/customers/{id}"];
    const routes = shut.map((path) => ["GET", path] as const);
    expect(whats(["GET /api/orders"], ["GET", "/api/orders/"], ...routes)).toEqual([]);
    expect(whats(["GET /api/orders"], ["GET", "/api/orders"], ["GET", "/api/customersx"])).toEqual([
      "no rule names GET /api/customersx",
    ]);
  });

  it.each([[null], [{}], [{ paths: [] }], ["{}"]])(
    "doctor reads no routes from %j, which is no OpenAPI document",
    (document) => {
      expect(backendRoutesOf(document)).toBe(null);
    },
  );
});

describe("doctor looks at MongoDB", () => {
  it("doctor finds a server that stands alone, or a set without a majority to lose a member", () => {
    expect(topologyOf({}).state).toBe("finding");
    expect(topologyOf({ setName: "rs", hosts: ["a"] }).state).toBe("finding");
    expect(topologyOf({ setName: "rs", hosts: ["a", "b"] }).state).toBe("finding");
    expect(topologyOf({ setName: "rs", hosts: ["a", "b", "c"] }).state).toBe("ok");
    expect(topologyOf({ msg: "isdbgrid" }).state).toBe("ok");
  });

  it("doctor names the command for each index that does not stand", () => {
    const row = {
      collection: "users",
      field: "id",
      name: "id_1",
      unique: true,
      dropped: [],
      because: null,
    } as const;
    expect(statesOf(indexLines([{ ...row, state: "present" }]))).toEqual(["ok"]);
    const mends = indexLines([
      { ...row, state: "missing" },
      { ...row, state: "blocked", because: "an index stands on this field" },
      { ...row, state: "present", because: "not unique" },
    ]).map(({ mend }) => mend);
    expect(mends).toEqual([
      "npx doorstep migrate --apply",
      "npx doorstep migrate --apply --replace",
      "Give the documents ids of their own, then: npx doorstep migrate --apply",
    ]);
  });
});

describe("doctor's lines", () => {
  it("doctor turns the start's logged warnings into findings, and no other line", () => {
    const line = (level: string, event: string, more = {}) =>
      JSON.stringify({ level, event, ...more });
    const lines = loggedFindings([
      line("warn", "text", { language: "hi", segments: 3, register: "..." }),
      line("info", "text", { language: "en", segments: 1 }),
      line("error", "mongo-down"),
      "no JSON",
    ]);
    expect(lines.map(({ what }) => what)).toEqual(["the text in hi takes 3 segments"]);
  });

  it("doctor shows a failed check as not checked, without the error's text", async () => {
    const lines = await checked("keys", async () => {
      throw new Error("mongodb://user:secret@host");
    });
    expect(lines).toMatchObject([{ state: "unknown", what: "the check itself failed with Error" }]);
  });

  it("doctor shows a store that does not answer as unreachable", async () => {
    const lines = await checked("stores", async () => {
      throw new AdapterError("redis", "write", "unavailable", { cause: new Error("secret") });
    });
    expect(lines).toMatchObject([{ state: "unreachable" }]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  it("doctor's screen gives a finding its reason and its command, and counts the unchecked", () => {
    const screen = doctorScreen([
      { check: "keys", state: "ok", what: "new", why: null, mend: null },
      { check: "clock", state: "unknown", what: "no other", why: null, mend: null },
      { check: "secret", state: "finding", what: "published", why: "Anyone.", mend: "openssl" },
    ]);
    expect(screen).toBe(
      [
        "ok keys      new",
        "?  clock     no other",
        "!! secret    published",
        "             why Anyone.",
        "             do  openssl",
        "",
        "1 finding to mend; 1 could not be checked (?).",
        "",
      ].join("\n"),
    );
  });
});
