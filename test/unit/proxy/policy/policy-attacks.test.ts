import { describe, expect, it } from "vitest";
import { attack } from "../../../support/proxy/attack-policy.ts";

const P = "/api/phase0-v2";
const B = "/api/billing";
/** Another's id, spelled so that it might pass for one's own. */
const PATH_IDS = [
  ...[
    "c-2",
    "C-1",
    "c-1%20",
    "%20c-1",
    "c-1%00",
    "c-1%0A",
    "c-1%2F..%2Fc-2",
    "c-2%2F..%2Fc-1",
    "c-1/../c-2",
  ],
  ...[
    "..%2Fc-2",
    "%2e%2e/c-2",
    "c-1;c-2",
    "c-1%3Bid=c-2",
    "c-1%3Fid=c-2",
    "c-1%23",
    "c-1,c-2",
    "%63-2",
  ],
  ...[
    "c-1%252F",
    "%2563-1",
    "*",
    "%7B%22$ne%22:null%7D",
    "null",
    "undefined",
    "%5Bc-1%5D",
    "c‑1",
    "с-1",
  ],
  ...[
    "c-1%EF%BC%8F",
    "c%E2%80%8B-1",
    "%E0%80%AFc-1",
    "c-1.",
    "c-01",
    "0",
    "true",
    "%20",
    "__proto__",
  ],
] as const;

describe("another's id in the path", () => {
  for (const path of [
    `GET ${P}/customers/{}`,
    `GET ${P}/customer/{}/calendar`,
    `POST ${P}/customer/{}/add-product`,
    `GET ${B}/payments/{}`,
    `GET ${B}/wallet/balance/{}`,
    `GET ${B}/whatsapp-message/{}`,
    `GET ${P}/subscriptions/{}`,
  ]) {
    const [method = "", pattern = ""] = path.split(" ");
    it(`another's id in the path never passes ${path}`, async () => {
      for (const id of PATH_IDS) {
        const verdict = await attack(method, pattern.replace("{}", id));
        expect(verdict.ok, id).toBe(false);
        // The same with a slash behind it.
        expect((await attack(method, `${pattern.replace("{}", id)}/`)).ok, id).toBe(false);
      }
      const own = pattern.includes("/subscriptions/") ? "s-1" : "c-1";
      const body = '{"product_id":"p-1","date":"2026-12-01","quantity":1}';
      for (const spelling of [own, `%${own.charCodeAt(0).toString(16)}${own.slice(1)}`]) {
        const sent = method === "POST" ? body : undefined;
        const verdict = await attack(method, pattern.replace("{}", spelling), sent);
        expect(verdict).toMatchObject({ ok: true, value: { path: pattern.replace("{}", own) } });
      }
    });
  }
});

describe("another's id in the query", () => {
  it.each([
    ...[
      "",
      "?",
      "?customer_id=",
      "?customer_id",
      "?customer_id=c-2",
      "?customer_id=c-1&customer_id=c-2",
    ],
    ...["?customer_id=c-2&customer_id=c-1", "?customer_id=c-1&customer_id=", "?customer%5Fid=c-2"],
    ...["?%63ustomer_id=c-2", "?customer_id=c-1&%63ustomer%5fid=c-2", "?customer_id=null"],
    "?customer_id=c-1%26customer_id=c-2",
    ...["?customer_id=c-1%00", "?customer_id=*", "?customer_id=+c-2"],
  ])("another's id in the query: %s lists the caller's own", async (query) => {
    const verdict = await attack("GET", `${P}/subscriptions${query}`);
    expect(verdict.ok).toBe(true);
    const seen = new URLSearchParams(verdict.ok ? verdict.value.query : "").getAll("customer_id");
    expect(seen).toEqual(["c-1"]);
  });
  it.each([
    "?customer_id=c-1;customer_id=c-2",
    "?customer_id[$ne]=x",
    "?customer_id[]=c-2",
    "?status=active&customer_id=c-2",
    "?a=b;customer_id=",
    "?customer_id=%FF",
    "?x=%&customer_id=c-2",
  ])("another's id in the query: %s is refused", async (query) => {
    expect((await attack("GET", `${P}/subscriptions${query}`)).ok).toBe(false);
  });
});

/** What is written for the value of a member, or for the whole body where it names none. */
const VALUES = [
  ...[
    '"c-2"',
    '"C-1"',
    '"c-1 "',
    '" c-1"',
    '"c-1\\u0000"',
    '"\\u0063-2"',
    '""',
    '" "',
    "null",
    "true",
  ],
  ...[
    "1",
    "0",
    "-1",
    "1e999",
    "[]",
    '["c-1"]',
    '["c-1","c-2"]',
    "{}",
    '{"$ne":null}',
    '{"$in":["c-1"]}',
  ],
  ...['{"\\u0024ne":null}', '{"$gt":""}', '{"$regex":".*"}', '{"id":"c-1"}', '{"toString":"c-1"}'],
  ...[
    '"c-1","{}":"c-2"',
    '"c-2","{}":"c-1"',
    '"c-1","\\u00{x}":"c-2"',
    '"с-1"',
    '"c\u200b-1"',
    '"c-1\ufeff"',
  ],
] as const;

describe.each([
  { call: `POST ${B}/wallet/topup`, member: "customer_id", own: "c-1", rest: '"amount":100' },
  ...(
    [
      ["pause", '"start_date":"2026-12-01"'],
      ["override", '"date":"2026-12-01","quantity":1.50'],
      ["change-shift", '"date":"2026-12-01","shift":"both"'],
    ] as const
  ).map(([what, rest]) => ({
    call: `POST ${P}/customer/c-1/${what}`,
    member: "subscription_id",
    own: "s-1",
    rest,
  })),
])("another's id in the body of $call", ({ call, member, own, rest }) => {
  const [method = "", target = ""] = call.split(" ");
  const first = member.charCodeAt(0).toString(16);
  const write = (value: string) => {
    const mine = value.replaceAll("c-1", own).replaceAll("c-2", `${own[0]}-2`);
    const duplicate = `\\u00${first}${member.slice(1)}`;
    return `{"${member}":${mine.replaceAll('{}":', `${member}":`).replaceAll("\\u00{x}", duplicate)},${rest}}`;
  };

  it.each(VALUES)("%s never passes", async (value) => {
    // `{}` alone is a value; in a duplicate it stands for the member's name.
    const body = value === "{}" ? `{"${member}":{},${rest}}` : write(value);
    const verdict = await attack(method, target, body);
    expect(verdict.ok, body).toBe(false);
  });

  it.each([
    ["nothing", ""],
    ["null", "null"],
    ["an array", `[{"${member}":"${own}"}]`],
    ["a text", `"${own}"`],
    ["a form", `${member}=${own}`],
    ["no such member", `{${rest}}`],
    ["the member deeper", `{"data":{"${member}":"${own}"}}`],
    ["another case", `{"${member.toUpperCase()}":"${own}"}`],
    ["a dotted name", `{"${member}.x":"${own}"}`],
    ["a byte order mark", `\ufeff{"${member}":"${own}"}`],
    ["two documents", `{"${member}":"${own}"}{"${member}":"x-2"}`],
    ["a prototype", `{"__proto__":{"${member}":"${own}"}}`],
  ])("%s never passes", async (_, body) => {
    expect((await attack(method, target, body)).ok).toBe(false);
  });

  it("never passes in another encoding or under another type", async () => {
    const good = `{"${member}":"${own}",${rest}}`;
    const utf16 = new Uint8Array(Buffer.from(good, "utf16le"));
    expect((await attack(method, target, utf16)).ok).toBe(false);
    for (const more of [
      { contentType: null },
      { contentType: "application/x-www-form-urlencoded" },
      { contentType: "application/merge-patch+json" },
      { contentType: "application/json; charset=utf-16" },
      { contentEncoding: "gzip" },
    ]) {
      expect((await attack(method, target, good, more)).ok).toBe(false);
    }
  });

  it("passes as one's own, byte for byte", async () => {
    for (const body of [
      `{"${member}":"${own}",${rest}}`,
      `{ ${rest} , "\\u00${first}${member.slice(1)}" : "${own}" }\n`,
    ]) {
      const verdict = await attack(method, target, body);
      expect(verdict.ok && new TextDecoder().decode(verdict.value.body ?? undefined)).toBe(body);
    }
  });
});

describe("an own path with another's subscription, and the other way about", () => {
  it("an own path with another's subscription, or the other way about, never passes", async () => {
    for (const [path, body] of [
      ["c-2", '{"subscription_id":"s-1"}'],
      ["c-1", '{"subscription_id":"s-2"}'],
      ["s-1", '{"subscription_id":"c-1"}'],
    ]) {
      expect((await attack("POST", `${P}/customer/${path}/pause`, body)).ok).toBe(false);
    }
  });
});
