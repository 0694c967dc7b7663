import { afterEach, beforeEach, expect, it } from "vitest";
import earlybird from "../../../policy/earlybird.json" with { type: "json" };
import type { Limits } from "../../../src/ports/limits.ts";
import { bundledPolicy } from "../../../src/runtimes/worker/worker-backend.ts";
import { fetchWorld, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";
import { limitsObjects } from "../../support/stores/limits-objects.ts";

const LOGIN = "POST /api/auth/login";
/** The shipped policy, with the limit that all sources share written before those of one source. */
const POLICY = {
  ...earlybird,
  rules: earlybird.rules.map((rule) =>
    rule.match === LOGIN ? { ...rule, limit: { "body.email": "100/1h", ...rule.limit } } : rule,
  ),
};
const ADMIN = { email: "admin@example.com", password: "admin-password" };
const OFFICE = "198.51.100.7";
const BUDGETS = {
  ...bundledPolicy().limits,
  ...Object.fromEntries(
    ["code-per-address", "verify-per-address", "token-per-session"].map((name) => [
      name,
      [{ limit: 1_000, windowMs: 3_600_000 }],
    ]),
  ),
};

let world: ProxiedWorld;
let objects: ReturnType<typeof limitsObjects>;
/** Of the isolate that is asked next. */
let isolate: Limits;
beforeEach(async () => {
  objects = limitsObjects(BUDGETS, { now: Date.now });
  isolate = objects.isolate();
  const limits: Limits = {
    take: (counter) => isolate.take(counter),
    takeAll: (counters) => isolate.takeAll(counters),
    giveBackAll: (counters) => isolate.giveBackAll(counters),
    check: () => isolate.check(),
  };
  world = await fetchWorld({
    wrapLimits: () => limits,
    policy: POLICY,
    env: { TRUSTED_PROXIES: "127.0.0.1" },
  });
});
afterEach(() => world.stop());

async function logIn(email: string, password: string, address: string): Promise<number> {
  const headers = [["x-forwarded-for", address]] as const;
  const body = { email, password };
  const got = await world.ask({ method: "POST", target: "/api/auth/login", body, headers });
  await world.test.runtime.settle();
  return got.status;
}
const admin = (address: string) => logIn(ADMIN.email, ADMIN.password, address);
const guess = (address: string) => logIn(ADMIN.email, "guess", address);

it("a refusal that an isolate remembers keeps no owner out of an address or network that they used", async () => {
  expect(await admin(OFFICE)).toBe(200);
  for (let n = 0; n < 110; n++) await guess(`203.0.${n % 11}.7`);
  expect(await admin("192.0.2.77"), "the isolate remembers that the e-mail is spent").toBe(429);
  expect(await admin(OFFICE)).toBe(200);
  expect(await admin("198.51.100.200"), "another address of the owner's network").toBe(200);
  for (let n = 0; n < 30; n++) await guess(`198.51.100.${n + 30}`);
  expect(await admin("198.51.100.201"), "its network's share of the e-mail is spent").toBe(429);
  expect(await admin(OFFICE), "and remembered, as the e-mail is").toBe(200);
  isolate = objects.isolate();
  expect(await admin(OFFICE), "in an isolate that remembers nothing").toBe(200);
});

it("a network past its budget costs neither an object nor a row nor a question to directory or backend, whatever addresses and e-mails are sent", async () => {
  const ofNetwork = { [`policy/${LOGIN} public network`]: [{ limit: 60, windowMs: 600_000 }] };
  objects = limitsObjects({ ...BUDGETS, ...ofNetwork }, { now: Date.now });
  isolate = objects.isolate();
  for (let n = 0; n < 61; n++) await logIn(`e${n}@example.com`, "x", `203.0.113.${n}`);
  const [asked, count] = [{ ...objects.charged }, world.backend.received.length];
  for (let n = 0; n < 50; n++) {
    expect(await logIn(`f${n}@example.com`, "x", `203.0.113.${n}`)).toBe(429);
  }
  expect(objects.charged).toEqual(asked);
  expect(world.backend.received).toHaveLength(count);
  expect(count).toBe(60);
});

it("a source past its budget for an e-mail spends nothing of that e-mail's own budget, in any isolate", async () => {
  for (let n = 0; n < 60; n++) {
    isolate = objects.isolate();
    await guess("203.0.113.1");
  }
  const answers: number[] = [];
  for (let n = 0; n < 95; n++) answers.push(await guess(`203.${n % 10}.1.7`));
  expect(answers.filter((status) => status === 401)).toHaveLength(90);
});

it("customers behind a carrier's addresses are counted apart from the neighbour who guesses", async () => {
  const [guesser, customer] = ["203.0.113.1", "203.0.113.2"];
  for (let n = 0; n < 140; n++) await logIn(`e${n}@example.com`, "x", guesser);
  expect(await logIn("e@example.com", "x", guesser)).toBe(429);
  for (let n = 0; n < 110; n++) {
    expect(await logIn(`own${n}@example.com`, "x", customer)).toBe(401);
  }
});
