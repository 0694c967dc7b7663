import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CONTESTED, markerOf } from "../../support/legacy-backend/markers.ts";
import {
  bodySpellings,
  pathSpellings,
  querySpellings,
} from "../../support/proxy/foreign-spellings.ts";
import {
  fetchWorld,
  type Got,
  logInCustomer,
  type ProxiedWorld,
} from "../../support/proxy/proxied-world.ts";
import { BODIES, bodyFor, CUSTOMERS, DOCUMENTS, type MoreAsked } from "./foreign-places.ts";

const V2 = "/api/phase0-v2";
const OWN = markerOf("c-1");
/** Whatever tells of anybody but c-1: markers, and what stands in documents without one. */
const OTHERS = /SECRET-OF-(?!c-1\b)[\w-]+|c-2\b|u-2\b|987650010[2-9]|Flat [2-9]|[Cc]ustomer ?[2-9]/;
const SUBSCRIPTIONS = [
  "s-2",
  "s-2-other-spelling",
  "s-contested",
  "s-twin",
  "s-orphan",
  "s-nobody",
];

let world: ProxiedWorld;
let token: string;
beforeAll(async () => {
  world = await fetchWorld();
  token = await logInCustomer(world.test);
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const ask = (method: string, target: string, { body, headers = [] }: MoreAsked = {}) => {
  const own = [["authorization", `Bearer ${token}`] as const, ...headers];
  return world.ask({ method, target, headers: own, ...(body && { body }) });
};

/** Everything that is not c-1's own, as text. */
function othersData(): string {
  const all = Object.entries(world.backend.data);
  return JSON.stringify(
    all.map(([name, rows]) => [name, rows.filter((row) => row["marker"] !== OWN)]),
  );
}

/** Sends what a thief would, and looks at what came of it. */
async function attempt(name: string, send: () => Promise<Got>, mayName: readonly string[] = []) {
  const before = othersData();
  const got = await send();
  const shown = mayName.reduce((text, word) => text.replaceAll(word, ""), got.text);
  expect(shown, name).not.toMatch(OTHERS);
  // A redirect says again what was asked for, which is the client's own word.
  const headers = [...got.headers].filter(([field]) => field !== "location");
  expect(JSON.stringify(headers), name).not.toMatch(OTHERS);
  expect(othersData(), name).toBe(before);
  return got;
}

/** What is not forwarded was refused for a reason that a client can know. */
const REFUSALS = [
  "not-owner",
  "request-malformed",
  "route-denied",
  "unsupported-media-type",
  "validation-failed",
];
function expectRefused(name: string, { code, status }: Got): void {
  expect(REFUSALS, `${name}: ${status} ${code}`).toContain(code);
  expect(
    world.backend.received.map(({ target }) => target),
    name,
  ).toEqual([]);
}

describe("an id in the path", () => {
  it.each([...CUSTOMERS, ...DOCUMENTS])(
    "an id in the path: %s %s%s is not %s%s",
    async (method, before, own, other, after) => {
      const more = bodyFor(method, after);
      const good = await ask(method, before + own + after, more);
      expect([good.status, good.text]).toEqual([200, expect.stringContaining(OWN)]);
      for (const id of pathSpellings(own, other)) {
        await world.reset();
        const name = `${method} ${before}${id}${after}`;
        const got = await attempt(name, () => ask(method, before + id + after, more));
        if (before.startsWith(V2) || before.includes("billing")) {
          // An id that resolves to none leaves a list, in which nobody's but one's own stands.
          if (got.status !== 200) expectRefused(name, got);
        }
      }
    },
  );

  it.each(SUBSCRIPTIONS)("an id in the path: %s is not shown, whoever's it may be", async (id) => {
    const got = await attempt(id, () => ask("GET", `${V2}/subscriptions/${id}`));
    expect([got.status, got.code]).toEqual([403, "not-owner"]);
    expect(world.backend.received).toEqual([]);
  });

  it("an id in the path is one's own in both spellings of the owner", async () => {
    for (const id of ["s-1", "s-1-other-spelling", "%73-1", "s-1/"]) {
      const { status, text } = await ask("GET", `${V2}/subscriptions/${id}`);
      // The backend knows no slash there, and sends the client back.
      expect([200, 307], id).toContain(status);
      if (status === 200) expect(text, id).toContain(OWN);
    }
  });
});

describe("an id in the query", () => {
  it.each(["", "/"])(
    "an id in the query lists nobody's but the customer's own, at a path that ends in '%s'",
    async (slash) => {
      for (const query of querySpellings("c-1", "c-2")) {
        await world.reset();
        const target = `${V2}/subscriptions${slash}${query}`;
        // The backend finds the contested one by either of its owners.
        const got = await attempt(query, () => ask("GET", target), [
          CONTESTED,
          '"customerId":"c-2"',
        ]);
        if (got.code !== null) {
          expectRefused(target, got);
          continue;
        }
        const [seen] = world.backend.received;
        const { searchParams } = new URL(seen?.target ?? "", "http://backend");
        expect(searchParams.getAll("customer_id"), query).toEqual(["c-1"]);
        expect(got.status, query).toBe(slash === "" ? 200 : 307);
      }
    },
  );

  it("an id in the query is judged in every calendar", async () => {
    for (const query of querySpellings("c-1", "c-2").filter((one) => one !== "")) {
      const target = `${V2}/customer/c-1/calendar${query}&month=2026-12`;
      await attempt(query, () => ask("GET", target), [CONTESTED, '"customerId":"c-2"']);
    }
  });
});

const FIELDS = [
  ...Object.entries(BODIES).map(([verb, more]) => ({
    path: `${V2}/customer/c-1/${verb}`,
    field: "subscription_id",
    own: "s-1",
    more,
    others: SUBSCRIPTIONS,
  })),
  {
    path: "/api/billing/wallet/topup",
    field: "customer_id",
    own: "c-1",
    more: { amount: 10 },
    others: ["c-2", "c-3", "c-nobody"],
  },
];

describe("an id in the body", () => {
  it.each(FIELDS)(
    "an id in the body of POST $path is one's own, or nothing is done",
    async ({ field, more, own, others, path }) => {
      const good = await ask("POST", path, { body: { [field]: own, ...more } });
      expect([good.status, good.text]).toEqual([200, expect.stringContaining(OWN)]);
      for (const { bytes, contentType, headers = [], name } of bodySpellings(
        field,
        own,
        others,
        more,
      )) {
        await world.reset();
        const type = contentType === null ? [] : [["content-type", contentType] as const];
        const sent = { body: bytes, headers: [...type, ...headers] };
        const all = JSON.stringify(world.backend.data);
        const got = await attempt(name, () => ask("POST", path, sent));
        expectRefused(name, got);
        expect(JSON.stringify(world.backend.data), name).toBe(all);
      }
    },
  );

  it("an id in the body and in the path must both be one's own", async () => {
    for (const [path, id] of [
      ["c-1", "s-2"],
      ["c-2", "s-1"],
      ["c-2", "s-2"],
      ["c-1", "s-1"],
    ]) {
      for (const [verb, more] of Object.entries(BODIES)) {
        await world.reset();
        const body = { subscription_id: id, ...more };
        const target = `${V2}/customer/${path}/${verb}`;
        const got = await attempt(`${target} ${id}`, () => ask("POST", target, { body }));
        expect([target, id, got.status]).toEqual([
          target,
          id,
          path === "c-1" && id === "s-1" ? 200 : 403,
        ]);
      }
    }
  });

  it("an id in the body cannot make a new document another's", async () => {
    const foreign = { id: "s-2", customer_id: "c-2", customerId: "c-2", user_id: "u-2" };
    const item = {
      product_id: "p-1",
      product_name: "Milk",
      unit: "l",
      quantity: 1,
      price: 1,
      total: 1,
    };
    const order = { items: [item], delivery_date: "2026-12-01", address_id: "a-1" };
    const [orders, old] = ["/api/orders/", "/api/subscriptions/v1-1"];
    for (const [name, value] of Object.entries(foreign)) {
      const more = { [name]: value };
      expectRefused(name, await ask("POST", orders, { body: { ...order, ...more } }));
      expectRefused(name, await ask("PUT", old, { body: { quantity: 3, ...more } }));
    }
    await ask("POST", orders, { body: order });
    expect(world.backend.data.orders.at(-1)).toMatchObject({ user_id: "u-1" });
    await ask("PUT", old, { body: { quantity: 3 } });
    expect(world.backend.data.subscriptions[0]).toMatchObject({ id: "v1-1", user_id: "u-1" });
  });
});

describe("a method", () => {
  it("HEAD is judged as GET is", async () => {
    for (const [, before, , other, after] of CUSTOMERS.filter(([method]) => method === "GET")) {
      const got = await attempt(before, () => ask("HEAD", before + other + after));
      expect([before, got.status, got.text]).toEqual([before, 403, ""]);
    }
    expect(world.backend.received).toEqual([]);
  });

  it("a method is the one of the request line, whatever a header or a parameter says", async () => {
    const names = [
      "X-HTTP-Method-Override",
      "X-HTTP-Method",
      "X-Method-Override",
      "X_HTTP_Method_Override",
    ];
    const headers = names.map((name) => [name, "DELETE"] as const);
    for (const target of [`${V2}/customers/c-1`, `${V2}/subscriptions/s-1`]) {
      await world.reset();
      const before = JSON.stringify(world.backend.data);
      expect((await ask("GET", target, { headers })).status).toBe(200);
      expect(JSON.stringify(world.backend.data)).toBe(before);
      expect(world.backend.received[0]?.rawHeaders).not.toContain("DELETE");
    }
    await world.reset();
    const named = await ask("GET", `${V2}/customers/c-1?_method=DELETE`, { headers });
    expectRefused("a parameter", named);
    for (const method of ["DELETE", "PATCH", "PUT"]) {
      const got = await attempt(method, () =>
        ask(method, `${V2}/customers/c-1`, { body: { previous_balance: 0 } }),
      );
      expect([got.status, got.code]).toEqual([403, "route-denied"]);
    }
  });

  it("a method that takes money out of a wallet is no customer's, and a negative amount credits nothing", async () => {
    for (const id of ["c-1", "c-2"]) {
      const body = { customer_id: id, amount: -1000 };
      const before = JSON.stringify(world.backend.data);
      const got = await ask("POST", "/api/billing/wallet/deduct", { body });
      expect([got.status, got.code]).toEqual([403, "route-denied"]);
      expect(JSON.stringify(world.backend.data)).toBe(before);
    }
    expect(world.backend.received).toEqual([]);
  });
});
