import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromBase64url, toBase64url, utf8 } from "../../../../src/core/bytes.ts";
import {
  type Bearer,
  mintBearer,
  provesSeed,
  readBearer,
} from "../../../../src/core/secrets/bearer.ts";
import { bytes, expectedMac, keyring, OLD } from "../../../support/core/keyring-fixture.ts";

const LOCATOR = bytes(25);
const SEED = bytes(32, 100);
const TOKEN = (await mintBearer(keyring, "challenge", "k1", LOCATOR, SEED)) as string;
const BODY = TOKEN.slice("dsc_k1.".length);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const read = (token: string) => readBearer(keyring, "challenge", LOCATOR.length, token);

/** A keyring that fails the test when it is asked: reading must end before. */
const refusedUnread = async (token: string) => {
  const untouched = { ...keyring, mac: () => Promise.reject(new Error("a MAC was computed")) };
  expect(await readBearer(untouched, "challenge", LOCATOR.length, token)).toBeNull();
};

describe("a changed token is refused before any store is read", () => {
  it("a changed token is refused before any store is read with any single bit flipped", async () => {
    const whole = fromBase64url(BODY) as Uint8Array<ArrayBuffer>;
    expect(whole.length).toBe(25 + 18 + 12);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Uint8Array.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await read(`dsc_k1.${toBase64url(flipped)}`)).toBeNull();
    }
  });
  it("a changed token is refused before any store is read with any one character changed to any other", {
    timeout: 60_000,
  }, async () => {
    const tried: Promise<unknown>[] = [];
    for (let at = 0; at < TOKEN.length; at++)
      for (const character of `${ALPHABET}.=+/ \n\0é`) {
        if (character === TOKEN[at]) continue;
        tried.push(read(TOKEN.slice(0, at) + character + TOKEN.slice(at + 1)));
      }
    expect(tried.length).toBeGreaterThan(5000);
    for (const result of await Promise.all(tried)) expect(result).toBeNull();
  });
  it("a changed token is refused before any store is read with a character more or less anywhere", async () => {
    for (let at = 0; at < TOKEN.length; at++) {
      expect(await read(TOKEN.slice(0, at) + TOKEN.slice(at + 1))).toBeNull();
      expect(await read(`${TOKEN.slice(0, at)}A${TOKEN.slice(at)}`)).toBeNull();
    }
    expect(await read(`${TOKEN}A`)).toBeNull();
    expect(await read(TOKEN)).not.toBeNull();
  });
  it("a changed token is refused before any store is read in another spelling of the same bytes", async () => {
    const last = ALPHABET.indexOf(BODY.at(-1) ?? "");
    const low = 2 ** ((6 * BODY.length) % 8);
    // The last character has unused low bits: each of their values is another text.
    for (let more = 1; more < low; more++) {
      const duplicate = BODY.slice(0, -1) + ALPHABET[last ^ more];
      expect(Buffer.from(duplicate, "base64url")).toEqual(Buffer.from(BODY, "base64url"));
      await refusedUnread(`dsc_k1.${duplicate}`);
    }
    expect(low).toBeGreaterThan(1);
    for (const duplicate of [`${BODY}=`, `${BODY}==`, `${BODY} `, ` ${BODY}`, `${BODY}\n`])
      await refusedUnread(`dsc_k1.${duplicate}`);
  });
  it("a changed token is refused before any store is read in any other form, without a MAC computed", async () => {
    const odd = ["", ".", "dsc", "dsc_", "dsc_k1", "dsc_k1.", `_k1.${BODY}`, `dsc_.${BODY}`, BODY];
    const ids = ["K1", "k_1", "k1 ", "../k1", "k".repeat(17), "__proto__"];
    for (const token of [
      ...odd,
      ...ids.map((id) => `dsc_${id}.${BODY}`),
      `DSC_k1.${BODY}`,
      "x".repeat(1e6),
    ])
      await refusedUnread(token);
  });
  it("a changed token is refused before any store is read whatever text it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }), async (text) => {
        expect(await read(text)).toBeNull();
        expect(await read(`dsc_k1.${text}`)).toBeNull();
      }),
    );
  });
});

describe("a thief", () => {
  const check = (secret: Uint8Array) =>
    expectedMac(OLD.secret, "challenge-check", utf8("dsc"), LOCATOR, secret).subarray(0, 12);

  it("a thief with the keys but no store makes tokens that read well and prove no seed", async () => {
    const guesses = [bytes(18), bytes(18, 50), new Uint8Array(18)];
    const macs = [SEED.slice(0, 0), new Uint8Array(32), LOCATOR].map((seed) =>
      expectedMac(OLD.secret, "challenge", seed, LOCATOR).subarray(0, 18),
    );
    for (const secret of [...guesses, ...macs]) {
      const token = `dsc_k1.${toBase64url(concat(LOCATOR, secret, check(secret)))}`;
      const bearer = (await read(token)) as Bearer;
      expect(bearer.secret).toEqual(Uint8Array.from(secret));
      expect(await provesSeed(keyring, "challenge", bearer, SEED)).toBe(false);
    }
  });
  it("a thief with the store but no keys makes none that reads well", async () => {
    const other = { ...OLD, secret: bytes(32, 200) };
    const secret = expectedMac(other.secret, "challenge", SEED, LOCATOR).subarray(0, 18);
    const sum = expectedMac(other.secret, "challenge-check", utf8("dsc"), LOCATOR, secret);
    const token = toBase64url(concat(LOCATOR, secret, sum.subarray(0, 12)));
    expect(await read(`dsc_k1.${token}`)).toBeNull();
  });
  it("a thief with both makes the very token, of any kind: that is what a token is", async () => {
    const prefixes = { challenge: "dsc", selection: "dss", refresh: "dsr", device: "dsd" } as const;
    for (const kind of Object.keys(prefixes) as (keyof typeof prefixes)[]) {
      const secret = expectedMac(OLD.secret, kind, SEED, LOCATOR).subarray(0, 18);
      const prefix = prefixes[kind];
      const sum = expectedMac(OLD.secret, `${kind}-check`, utf8(prefix), LOCATOR, secret);
      const body = toBase64url(concat(LOCATOR, secret, sum.subarray(0, 12)));
      expect(await mintBearer(keyring, kind, "k1", LOCATOR, SEED)).toBe(`${prefix}_k1.${body}`);
    }
  });
});
