import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { ProxyFamily } from "../../../src/core/proxy-family.ts";
import { call } from "../../support/gateway/client.ts";
import { member, strangers } from "../../support/proxy/proxied-callers.ts";
import { logInCustomer, type SocketWorld } from "../../support/proxy/proxied-world.ts";
import { type TwoEntrances, twoEntrances } from "../../support/proxy/two-entrances.ts";
import {
  ASKED,
  CUSTOMER,
  FAMILIES,
  ODD_ASKED,
  ODD_CALLS,
  SECRETS,
  SHOWN,
  TOKENS,
  VERIFY_PATHS,
  VERIFY_SECRET,
  type VerifyCall,
  verifyBytes,
  verifyCalls,
} from "../../support/proxy/verify-calls.ts";

const tokenIn = ({ authorization }: { readonly authorization: string | null }): string =>
  (authorization ?? "").replace("Bearer ", "");

const OTHER_PHONE = "9876500102";

async function words(world: SocketWorld) {
  const ended = await logInCustomer(world.test, OTHER_PHONE);
  await call(world.test, "POST", "/auth/logout", undefined, { authorization: `Bearer ${ended}` });
  const [, expired = { authorization: null }] = await strangers(world);
  return {
    ended,
    expired: tokenIn(expired),
    other: await logInCustomer(world.test, OTHER_PHONE),
    admin: tokenIn(await member(world, "admin")),
  };
}

const opened = new Map<ProxyFamily, Promise<TwoEntrances>>();

/** Two gateways alike for each family, made where they are first asked. */
function entrancesFor(family: ProxyFamily): Promise<TwoEntrances> {
  const env = { FORWARD_AUTH: family, FORWARD_AUTH_SECRET: VERIFY_SECRET };
  const both = opened.get(family) ?? twoEntrances({ env, words });
  opened.set(family, both);
  return both;
}
afterAll(async () => {
  for (const both of opened.values()) await (await both).stop();
});

/** The same bytes, and the same of everything that comes of them. */
async function expectAlike(family: ProxyFamily, bytes: string) {
  const both = await entrancesFor(family);
  const { full, short } = await both.send(bytes);
  // Of requests in one packet, those that remember most are logged first.
  const sorted = (outcome: typeof full) => ({ ...outcome, log: outcome.log.toSorted() });
  expect(sorted(short), bytes.slice(0, 2_000)).toEqual(sorted(full));
  expect(short.backend, "the proxy asks, and forwards itself").toEqual([]);
  return short;
}

/** The answers of one connection. */
const answersIn = ({ answer }: { readonly answer: string }): readonly string[] =>
  answer.split("\n---\n");
const fieldIn = (answer: string, name: string): string | null =>
  new RegExp(`^${name}: (.*)$`, "m").exec(answer)?.[1] ?? null;

describe("the two entrances of another proxy's questions", () => {
  it.each(["nginx", "envoy"] as const)(
    "each question of %s, odd or plain, has the same answer and line at both entrances",
    async (family) => {
      const both = await entrancesFor(family);
      const before = both.short.taken();
      const calls = verifyCalls(family);
      let allowed = 0;
      for (const bytes of calls) {
        const { answer } = await expectAlike(family, bytes);
        if (answer.startsWith("HTTP/1.1 200 OK")) allowed++;
      }
      // Or else one entrance was compared with itself, or nothing was shown.
      expect(both.short.taken() - before).toBeGreaterThan(calls.length / 2);
      expect(both.full.taken()).toBe(0);
      expect(allowed).toBeGreaterThan(calls.length / 10);
    },
  );

  it.each(FAMILIES)(
    "questions of %s about several callers in one packet are answered each with its own caller",
    async (family) => {
      const callers = ["token", "other", "admin", "token", "other"];
      const shown = callers.map((word) => `Authorization: Bearer {${word}}`);
      const calls = [...shown, "", "Authorization: Bearer {ended}", CUSTOMER].map(
        (token, at, all) =>
          verifyBytes(
            family,
            { token, asked: ["GET", "/api/phase0-v2/customers/c-1"] },
            at === all.length - 1 ? "Connection: close" : "",
          ),
      );
      const alike = await expectAlike(family, calls.join(""));
      const named = answersIn(alike).map((answer) => [
        answer.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length),
        fieldIn(answer, "x-user-id"),
      ]);
      // c-1 is of the first alone.
      expect(named).toEqual([
        ["200", "u-1"],
        ["403", null],
        ["200", "u-admin"],
        ["200", "u-1"],
        ["403", null],
        ["401", null],
        ["401", null],
        ["200", "u-1"],
      ]);
    },
  );
});

const question = fc.record(
  {
    asked: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...ASKED) },
      fc.constantFrom(...ODD_ASKED),
    ),
    token: fc.oneof(fc.constantFrom(...TOKENS.slice(0, 4)), fc.constantFrom(...TOKENS)),
    secret: fc.oneof({ weight: 5, arbitrary: fc.constant(SHOWN) }, fc.constantFrom(...SECRETS)),
  },
  { requiredKeys: ["asked", "token", "secret"] },
);
const odd = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.constantFrom(...ODD_CALLS));
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.constantFrom(...VERIFY_PATHS).map((one) => ({ path: one })),
);
/** The user of each token that is good. */
const USERS = new Map([
  [TOKENS[0], "u-1"],
  [TOKENS[2], "u-2"],
  [TOKENS[3], "u-admin"],
  [TOKENS[8], "u-1"],
]);

describe("whatever a proxy or a client asks at /auth/verify", () => {
  it("both entrances answer and log the same, and name nobody but the token's own user to a proxy with the secret", async () => {
    let named = 0;
    let runs = 0;
    const property = fc.asyncProperty(
      fc.constantFrom(...FAMILIES),
      question,
      odd,
      path,
      async (family, plain, strange, spelled) => {
        runs++;
        const asked: VerifyCall = { ...plain, ...strange, ...spelled };
        for (const answer of answersIn(await expectAlike(family, verifyBytes(family, asked)))) {
          const user = fieldIn(answer, "x-user-id");
          if (user === null) continue;
          named++;
          expect(user).toBe(USERS.get(asked.token));
          expect(asked.secret).toContain(VERIFY_SECRET);
        }
      },
    );
    await fc.assert(property, {
      numRuns: 400,
      interruptAfterTimeLimit: 1_500,
      markInterruptAsFailure: false,
    });
    // Or else nothing was shown. A loaded machine runs few.
    if (runs > 100) expect(named).toBeGreaterThan(0);
  });
});
