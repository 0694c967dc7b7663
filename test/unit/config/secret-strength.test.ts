import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWeakSecret } from "../../../src/config/secret-strength.ts";
import { MORE_RUNS } from "../../support/house/more-runs.ts";

const weak = (text: string) => isWeakSecret(new TextEncoder().encode(text));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("a weak secret", () => {
  it.each([
    ["zeros, in base64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
    ["bytes that count, in base64", Buffer.from([...Array(32).keys()]).toString("base64")],
    ["bytes that count, in base64url", Buffer.from([...Array(33).keys()]).toString("base64url")],
    ["bytes that count, in hexadecimal digits", hex(Uint8Array.from(Array(24).keys()))],
    ["zeros, in hexadecimal digits inside base64", Buffer.from("00".repeat(24)).toString("base64")],
    ["a word, again and again, with an end of another kind", "changeme-changeme-changeme-9x"],
    ["a word, again and again, behind a beginning", "Xk-secret-secret-secret-secret"],
    ["a word and all digits in a row", "operator-token-of-the-tests-0123456789"],
    ["letters in a row inside others", "q9-ABCDEFGHIJKLMNOPQRSTUV-k2"],
    ["digits in a row backwards", "doorstep-production-9876543210"],
    ["the rows of a keyboard", "qwertyuiopasdfghjklzxcvbnm1234"],
    ["the backend's published secret", "your-jwt-secret-key-of-production"],
    ["another published example", "change-me-in-production-please-now"],
  ])("a weak secret is %s", (_, text) => {
    expect(weak(text)).toBe(true);
  });

  it.each(["correct-horse-battery-staple-gather-violin-mosaic", "k3q9-v7xt-2mwp-8zfd-r4hn-6jcy"])(
    "a weak secret is not every text that a person can read: %s",
    (text) => {
      expect(weak(text)).toBe(false);
    },
  );

  it("a secret of a document, compose file or test of this repository is weak", () => {
    const places = ["README.md", ".env.example", "docker-compose.yml", "wrangler.toml"];
    const tests = ["test/support/gateway/admin-token.ts", "test/e2e/mongo/mongo-outage.test.ts"];
    const example =
      /\b(?:SECRET_KEYS|INDEX_KEY|LEGACY_JWT_SECRET|METRICS_TOKEN|ADMIN_TOKEN|FORWARD_AUTH_SECRET) ?= ?"?([\w.~+/:-]{16,}=*)/g;
    const published = [...places, ...tests]
      .flatMap((name) => [...readFileSync(name, "utf8").matchAll(example)])
      .map(([, text = ""]) => text);
    expect(published.length).toBeGreaterThan(2);
    expect(published.filter((text) => !weak(text))).toEqual([]);
  });
});

describe("a random secret is taken", () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

  it.each<[string, () => string | Uint8Array]>([
    ["32 bytes", () => random(32)],
    ["hexadecimal digits of 24 bytes", () => hex(random(24))],
    ["hexadecimal digits of 32 bytes", () => hex(random(32))],
    ["capital hexadecimal digits of 16 bytes", () => hex(random(16)).toUpperCase()],
    ["base64 of 12 bytes", () => Buffer.from(random(12)).toString("base64")],
    ["base64 of 48 bytes", () => Buffer.from(random(48)).toString("base64")],
    ["base64url of 32 bytes", () => Buffer.from(random(32)).toString("base64url")],
    ["a UUID", () => crypto.randomUUID()],
    ["two UUIDs without dashes", () => `${crypto.randomUUID()}${crypto.randomUUID()}`],
  ])("a random secret of %s is taken, 2,000 times and more", (_, make) => {
    const refused = Array.from({ length: 2_000 * MORE_RUNS }, make).filter((secret) =>
      typeof secret === "string" ? weak(secret) : isWeakSecret(secret),
    );
    expect(refused).toEqual([]);
  });

  it("a secret of a megabyte is judged at once", () => {
    const all = Array.from({ length: 20 }, () => crypto.getRandomValues(new Uint8Array(50_000)));
    expect(isWeakSecret(Buffer.concat(all))).toBe(false);
  });

  it("a short text said again and again is a weak secret, with any beginning", () => {
    fc.assert(
      fc.property(bytes(8), bytes(4), fc.integer({ min: 4, max: 8 }), (word, before, times) => {
        const all = [...before, ...Array.from({ length: times }, () => [...word]).flat()];
        expect(isWeakSecret(Uint8Array.from(all))).toBe(true);
      }),
    );
  });
});
