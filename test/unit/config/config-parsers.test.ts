import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  httpOrigin,
  issuer,
  listenHost,
  origin,
  urlHost,
} from "../../../src/config/parsers/address-parsers.ts";
import {
  bearerToken,
  key,
  privateJwks,
  secretKeys,
} from "../../../src/config/parsers/key-parsers.ts";
import {
  country,
  duration,
  durationMs,
  integer,
  oneOf,
  onOff,
} from "../../../src/config/parsers/parsers.ts";
import {
  messageTemplate,
  placeholderEmail,
  warnOfTemplate,
} from "../../../src/config/parsers/template-parsers.ts";
import type { Parser } from "../../../src/config/setting.ts";
import { isLoopback } from "../../../src/core/address/loopback.ts";
import { parseBudget as budget } from "../../../src/core/budget.ts";
import { list } from "../../../src/core/text-list.ts";

const k32 = btoa("k".repeat(32));
const bytes32 = new Uint8Array(32).fill("k".charCodeAt(0));
const week = duration("0s", "7d");

/** What each parser makes of a text. */
const GOOD: readonly (readonly [string, Parser<unknown>, string, unknown])[] = [
  ["integer", integer(0, 65_535), "0", 0],
  ["integer", integer(0, 65_535), "65535", 65_535],
  ["duration", week, "0s", 0],
  ["duration", week, "30s", 30],
  ["duration", week, "15m", 900],
  ["duration", week, "24h", 86_400],
  ["duration", week, "7d", 604_800],
  ["durationMs", durationMs("1s", "1h"), "15m", 900_000],
  ["list", list(week, 3), " 30s, 60s ,2m", [30, 60, 120]],
  ["list", list(week, 3), "", []],
  [
    "budget",
    budget,
    "3/10m, 5/1h",
    [
      { limit: 3, windowMs: 600_000 },
      { limit: 5, windowMs: 3_600_000 },
    ],
  ],
  ["oneOf", oneOf("a", "b"), "b", "b"],
  ["onOff", onOff, "on", true],
  ["onOff", onOff, "off", false],
  ["country", country, "in", "IN"],
  ["key", key, k32, bytes32],
  ["key", key, k32.replace(/=+$/, ""), bytes32],
  ["key", key, "_-_-".repeat(11), new Uint8Array(33).map((_, i) => [255, 239, 254][i % 3] ?? 0)],
  [
    "secretKeys",
    secretKeys,
    `new-1:${k32},old:${btoa("o".repeat(32))}`,
    [
      { id: "new-1", secret: bytes32 },
      { id: "old", secret: new TextEncoder().encode("o".repeat(32)) },
    ],
  ],
  ["bearerToken", bearerToken(16), "0123456789abcdef", "0123456789abcdef"],
  ["listenHost", listenHost, "::1", "::1"],
  ["listenHost", listenHost, "0.0.0.0", "0.0.0.0"],
  ["urlHost", urlHost, "Login.Example.com", "login.example.com"],
  ["urlHost", urlHost, "[::1]", "[::1]"],
  ["httpOrigin", httpOrigin, "https://Login.Example.com:443/", "https://login.example.com"],
  ["httpOrigin", httpOrigin, "http://localhost:8787", "http://localhost:8787"],
  ["origin", origin, "https://app.example.com/", "https://app.example.com"],
  ["origin", origin, "capacitor://localhost", "capacitor://localhost"],
  ["origin", origin, "*", "*"],
  ["httpOrigin", httpOrigin, "http://[::1]:9000/", "http://[::1]:9000"],
  ["issuer", issuer, "https://login.example.com/", "https://login.example.com/"],
  ["messageTemplate", messageTemplate, "{code}\\n{origin_line}", "{code}\n{origin_line}"],
  ["placeholderEmail", placeholderEmail, "{national}@a.example.com", "{national}@a.example.com"],
  ["placeholderEmail", placeholderEmail, "c-{customer_id}@a.in", "c-{customer_id}@a.in"],
];

const BAD: readonly (readonly [string, Parser<unknown>, readonly string[]])[] = [
  ["integer", integer(0, 65_535), ["-1", "65536", "1e3", "0x10", "1.0", "+1", "８７", "many"]],
  ["duration", duration("1m", "1h"), ["15", "15 m", "1.5h", "-1m", "59s", "61m", "1h1m", "15M"]],
  ["list", list(week, 3), ["1s,", ",1s", "1s,,2s", "1s;2s", "1s,2s,3s,4s"]],
  [
    "budget",
    budget,
    ["3", "3/", "/20m", "0/10m", "3/0s", "4/20", "3/10m/1h", "3/32d", "3/60s,5/1m"],
  ],
  ["onOff", onOff, ["true", "1", "ON", "yes"]],
  ["country", country, ["IND", "I", "XX", "UK", "91", "001", "toString"]],
  ["key", key, [btoa("k".repeat(31)), "*".repeat(44), `${k32.slice(0, -2)}t=`, `${k32}${k32}`]],
  [
    "secretKeys",
    secretKeys,
    [k32, `:${k32}`, `UP:${k32}`, `${"i".repeat(17)}:${k32}`, `a:${k32},a:${k32}`, "a:c2hvcnQ="],
  ],
  ["privateJwks", privateJwks, ["{", "[]", '"jwks"', '{"keys":[]}', '{"keys":[{"kty":"oct"}]}']],
  ["bearerToken", bearerToken(16), ["0123456789abcde", "0123456789 abcdef", "०१२३४५६७८९०१२३४५"]],
  ["listenHost", listenHost, ["http://localhost", "[::1]", "a b", "localhost/"]],
  [
    "urlHost",
    urlHost,
    ["a.example:80", "a/b", "u@a", "https://a", "-a", "ä.example", "0x7f.1", "a b", "a..b"],
  ],
  [
    "httpOrigin",
    httpOrigin,
    [
      "login.example.com",
      "ftp://a.example",
      "https://a.example/path",
      "https://a.example?",
      "https://a.example/#",
      "https://u:p@a.example",
      "https://",
      "https:a.example",
      "https://a.example\\",
      "https://a.exam\tple",
      "https://*.example.com",
      "https://127.1",
      "https://a.example:70000",
    ],
  ],
  [
    "origin",
    origin,
    [
      "null",
      "https://*.example.com",
      "https://a.example/x",
      "gate.example",
      "http*://a",
      "capacitor://",
    ],
  ],
  [
    "issuer",
    issuer,
    [
      "login",
      "https://a.example?x",
      "https://a.example#x",
      "https://:p@a.example",
      "https:a.example",
    ],
  ],
  [
    "messageTemplate",
    messageTemplate,
    [
      "no code",
      "{code} {name}",
      "{brand} {code} }",
      "{code} {{brand}}",
      `{code}${"x".repeat(1000)}`,
    ],
  ],
  [
    "placeholderEmail",
    placeholderEmail,
    [
      "{national}",
      "{national}@a@b.com",
      "someone@customer.earlybird.com",
      "a@{national}.example.com",
      "{phone}@example.com",
      "{national}.@example.com",
      "{national} x@example.com",
      "{national}{@example.com",
      "{national}@localhost",
      "{national}@Example.com",
      "{national}@earlybird.local",
      "{national}@a.invalid",
      "{national}@a.test",
      "{national}@a.onion",
    ],
  ],
];

describe("parsers of settings", () => {
  it.each(GOOD)("a parser of settings: %s reads %s%s", (_name, parse, text, value) => {
    expect(parse(text)).toEqual({ ok: true, value });
  });

  it.each(BAD.flatMap(([name, parse, texts]) => texts.map((text) => [name, text, parse] as const)))(
    "a parser of settings: %s refuses %j without repeating it",
    (_name, text, parse) => {
      const read = parse(text);
      expect(read.ok).toBe(false);
      if (!read.ok && text.length > 3) expect(read.failure).not.toContain(text);
    },
  );

  it("a parser of settings reads back every duration it could have been given", () => {
    const units = fc.constantFrom(["s", 1], ["m", 60], ["h", 3600], ["d", 86_400]);
    fc.assert(
      fc.property(fc.nat(9_999_999), units, (amount, [unit, seconds]) => {
        const read = duration("0s", "9999999d")(`${amount}${unit}`);
        expect(read).toEqual({ ok: true, value: amount * Number(seconds) });
      }),
    );
  });

  it("a parser of settings reads back every budget of distinct windows", () => {
    const window = fc.record({
      limit: fc.integer({ min: 1, max: 60_000 }),
      minutes: fc.integer({ min: 1, max: 44_640 }),
    });
    const windows = fc.uniqueArray(window, {
      minLength: 1,
      maxLength: 10,
      selector: (w) => w.minutes,
    });
    fc.assert(
      fc.property(windows, (given) => {
        const text = given.map(({ limit, minutes }) => `${limit}/${minutes}m`).join(",");
        const value = given.map(({ limit, minutes }) => ({ limit, windowMs: minutes * 60_000 }));
        expect(budget(text)).toEqual({ ok: true, value });
      }),
    );
  });

  it("a parser of settings reads back every key of 32 bytes or more, in both alphabets of base64", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 80 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        const url = Buffer.from(bytes).toString("base64url");
        for (const spelling of [text, url]) {
          const read = key(spelling);
          expect(read.ok && Buffer.from(read.value).equals(bytes)).toBe(true);
        }
      }),
    );
  });

  it("a parser of settings says which entry of a list is wrong", () => {
    expect(list(week, 3)("1s,x,3s")).toEqual({
      ok: false,
      failure: expect.stringMatching(/\(entry 2 of 3\)$/),
    });
  });

  it("a parser of settings warns of a text whose last line is not the origin line", () => {
    expect(warnOfTemplate("{code}\n\n{origin_line}")).toBeNull();
    expect(warnOfTemplate("{code} {origin_line}")).toMatch(/^does not end with \{origin_line\}/);
    expect(warnOfTemplate("{code}\n{origin_line}\n")).toMatch(/^does not end with/);
  });

  it("a parser of settings warns of a text that does not begin with the code, which the notification then does not offer to copy", () => {
    expect(warnOfTemplate("Code {code}\n{origin_line}")).toMatch(/^does not begin with \{code\}/);
    expect(warnOfTemplate("{origin_line}\n{code}")).toMatch(
      /^does not begin with .+, and does not end with /,
    );
  });
});

describe("isLoopback", () => {
  it.each(["localhost", "LOCALHOST", "127.0.0.1", "127.255.0.9", "::1", "[::1]"])(
    "isLoopback knows %s",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    "",
    "0.0.0.0",
    "::",
    "128.0.0.1",
    "10.127.0.0.1",
    "127.0.0.256",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "mylocalhost",
    "[::1",
    "::11",
  ])("isLoopback does not take %j for this machine", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
