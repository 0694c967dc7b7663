import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { spellingsOf } from "../../../src/core/phone/phone.ts";
import { redact } from "../../../src/core/redact.ts";
import { mintBearer } from "../../../src/core/secrets/bearer.ts";
import { bytes, keyring } from "../../support/core/keyring-fixture.ts";

const UUID = "1a2b3c4d-0000-4000-8000-987654321098";
const JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1LTEifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

/** Where a secret may stand. */
const within = (secret: string) => [
  secret,
  `for ${secret}`,
  `"${secret}"`,
  `phone=${secret};`,
  `x${secret}`,
];

describe("a phone", () => {
  const spelled = [
    ...spellingsOf("+919876543210" as Phone).map(String),
    "(+91) 98765-43210",
    "+91.98765.43210",
    "98765  43210",
    "(98765) 43210",
    "98765\u00a043210",
    "98765\u201343210",
    "\u202a+91 98765\u200b43210\u202c",
    "९८७६५४३२१०",
    "９８７６５４３２１０",
    "9 8 7 6 5 4 3 2 1 0",
    "+1 (415) 555-2671",
    "tel:+919876543210",
    "whatsapp:+919876543210",
  ];
  for (const phone of spelled) {
    it(`a phone written ${JSON.stringify(phone)} is removed`, () => {
      for (const text of within(phone)) {
        const left = redact(text).replace(/\(?\+91\)?/, "");
        expect(left).toContain("[redacted]");
        expect(left).not.toMatch(/\p{Nd}{2}/u);
      }
    });
  }
});

describe("a code", () => {
  for (const code of [
    "123456",
    "123 456",
    "123-456",
    "000000",
    "१२३४५६",
    "Code:123456",
    "code123456x",
  ]) {
    it(`a code written ${code} is removed`, () => expect(redact(code)).not.toMatch(/\p{Nd}/u));
  }
  it("a code is removed with the whole message that carries it", () => {
    const text = "012345 is your EarlyBird login code.\n\n@login.example #012345";
    expect(redact(text)).not.toContain("012345");
  });
});

describe("a token", () => {
  it("a token of ours is removed, of every kind and in every place", async () => {
    for (const kind of ["challenge", "selection", "refresh", "device"] as const) {
      const token = (await mintBearer(keyring, kind, "k1", bytes(25), bytes(32))) as string;
      const body = token.split(".")[1] ?? "";
      for (const text of [
        token,
        `Bearer ${token}`,
        `"${token}",`,
        `refresh_token_${token}`,
        `/x/${token}/y`,
      ])
        for (let at = 0; at + 8 <= body.length; at += 4)
          expect(redact(text)).not.toContain(body.slice(at, at + 8));
    }
  });
  it("a token that is a JWT is removed, also without its signature", () => {
    for (const token of [
      JWT,
      JWT.slice(0, JWT.lastIndexOf(".")),
      `${JWT.slice(0, JWT.lastIndexOf("."))}.`,
    ]) {
      expect(redact(`Bearer ${token}`)).toBe("Bearer [redacted]");
      expect(redact(`access_token=${token}&x`)).toBe("access_token=[redacted]&x");
    }
  });
});

describe("an e-mail", () => {
  const emails = [
    "a@b.in",
    "first.last+tag@example.co.in",
    "9876543210@customer.earlybird.com",
    "é@ü.example",
    "root@localhost",
  ];
  for (const email of [...emails, `customer-${UUID}@earlybird.local`]) {
    it(`an e-mail: ${email} is removed`, () => {
      for (const text of [email, `<${email}>`, `mailto:${email}`, `duplicate key "${email}" here`])
        expect(redact(text)).not.toMatch(/@|\.example|earlybird|localhost/);
    });
  }
  it("an e-mail that begins with a UUID is removed too (regression)", () => {
    expect(redact(`${UUID}@customer.earlybird.com`)).toBe("[redacted]");
  });
});

describe("what names no person by itself", () => {
  it("what names no person by itself is kept: a UUID, alone or in a sentence or behind a word", () => {
    for (const text of [
      UUID,
      `user ${UUID}, customer ${UUID.toUpperCase()}.`,
      `customer-${UUID}`,
      `[${UUID}]`,
    ])
      expect(redact(text)).toBe(text);
    const uuid = fc.uuid();
    fc.assert(
      fc.property(uuid, (id) => {
        expect(redact(`u ${id} c ${id}`)).toBe(`u ${id} c ${id}`);
      }),
    );
  });
  it("what names no person by itself is kept: words, short numbers, places in the code", () => {
    for (const text of [
      "otp-rejected",
      "at verifyCode (src/flows/login/verify-code.ts:42:7)",
      "12345",
      "POST /auth/otp",
      "sms 30003",
    ])
      expect(redact(text)).toBe(text);
  });
});

describe("any text", () => {
  const piece = fc.constantFrom(
    "9",
    "98765",
    " ",
    "-",
    "(",
    "@",
    "a",
    UUID,
    ".",
    "\u0967",
    "eyJ",
    "dsr_k1.",
    "\ud800",
    "+",
    "\n",
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));

  // Seed -976953169 made sixteen digits and the first part of a UUID, which is 24 hex digits.
  const OBJECT_ID = /\b[0-9a-f]{24}(?![\w@])/g;

  it("any text comes out without six digits that stand together, save in a UUID or an ObjectId", () => {
    fc.assert(
      fc.property(text, (input) => {
        const rest = redact(input).replaceAll(UUID, " ").replaceAll(OBJECT_ID, " ");
        expect(rest).not.toMatch(/\p{Nd}{6}/u);
      }),
      { numRuns: 3000 },
    );
  });
  it("any text takes no more than a moment, even where it almost matches everywhere (regression)", () => {
    for (const almost of [
      "a",
      "dsa_-",
      "eyJ-",
      "eyJ.",
      "1 ",
      "1",
      "a@",
      "(",
      "12345-",
      "1a2b3c4d-",
    ]) {
      const began = performance.now();
      redact(almost.repeat(Math.ceil(100_000 / almost.length)));
      expect(performance.now() - began).toBeLessThan(3000);
    }
  });
});
