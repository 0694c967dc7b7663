import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import {
  type Asked,
  fetchWorld,
  logInCustomer,
  type ProxiedWorld,
} from "../../support/proxy/proxied-world.ts";

const MIB = 2 ** 20;
const ATTACKER = "198.51.100.7";
const CUSTOMER = "203.0.113.9";

let world: ProxiedWorld;
let token: string;
beforeAll(async () => {
  world = await fetchWorld({ env: { TRUSTED_PROXIES: "127.0.0.1" } });
  token = await logInCustomer(world.test);
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

/** Both are judged: the first one's answer is redacted, the second one's body has a schema. */
const JUDGED: readonly Asked[] = [
  { method: "GET", target: "/api/auth/me" },
  {
    method: "POST",
    target: "/api/phase0-v2/customer/c-1/pause",
    body: { subscription_id: "s-1", start_date: "2026-12-01" },
  },
];

const ask = async (from: string, { headers: _, ...asked }: Asked) => {
  const headers = [
    ["authorization", `Bearer ${token}`] as const,
    ["x-forwarded-for", from] as const,
  ];
  const { code, status } = await world.ask({ ...asked, headers });
  return code ?? status;
};

it("a source that has filled half of the memory for judged bytes waits, and others do not", async () => {
  const { backend } = world.test;
  const attack = backend?.judged.hold(ATTACKER);
  expect(attack?.take(12 * MIB), "half of the room").toBe(true);
  for (const asked of JUDGED) {
    expect(await ask(ATTACKER, asked)).toBe("rate-limited");
    expect(await ask(CUSTOMER, asked)).toBe(200);
  }
  attack?.leave();
  for (const asked of JUDGED) expect(await ask(ATTACKER, asked)).toBe(200);
});

it("memory for judged bytes comes back however a request ends", async () => {
  const refused: readonly Asked[] = [
    { method: "POST", target: "/api/phase0-v2/customer/c-1/pause", body: { unknown: "x" } },
    { method: "POST", target: "/api/phase0-v2/customer/c-2/pause", body: { subscription_id: "s" } },
    { method: "GET", target: "/api/phase0-v2/customers/c-2" },
  ];
  for (const asked of [...JUDGED, ...refused]) await ask(CUSTOMER, asked);
  expect(world.test.backend?.judged.hold("anybody").take(12 * MIB)).toBe(true);
});
