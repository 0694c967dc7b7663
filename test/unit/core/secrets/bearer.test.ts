import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Bearer,
  mintBearer,
  provesSeed,
  readBearer,
} from "../../../../src/core/secrets/bearer.ts";
import {
  type BearerKind,
  createKeyring,
  type Keyring,
} from "../../../../src/core/secrets/keyring.ts";
import { bytes, forgetful, keyring, rotated } from "../../../support/core/keyring-fixture.ts";

const KINDS = ["challenge", "selection", "refresh", "device"] as const;
const LOCATOR = bytes(25);
const SEED = bytes(32, 100);

const mint = async (kind: BearerKind = "challenge", ring: Keyring = keyring, keyId = "k1") =>
  (await mintBearer(ring, kind, keyId, LOCATOR, SEED)) as string;
const read = (token: string, kind: BearerKind = "challenge", ring: Keyring = keyring) =>
  readBearer(ring, kind, LOCATOR.length, token);

describe("a token", () => {
  it("a token comes back as it was made: key id, locator, and a secret that proves the seed", async () => {
    const array = (length: number) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((a) => Uint8Array.from(a));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        fc.constantFrom(0, 25, 36).chain((length) => array(length)),
        array(32),
        async (kind, locator, seed) => {
          const token = (await mintBearer(keyring, kind, "k1", locator, seed)) as string;
          const bearer = (await readBearer(keyring, kind, locator.length, token)) as Bearer;
          expect(bearer).toMatchObject({ keyId: "k1", locator });
          expect(await provesSeed(keyring, kind, bearer, seed)).toBe(true);
        },
      ),
    );
  });
  it("a token is the same each time and on every node, so that two tabs get one successor", async () => {
    const tokens = await Promise.all([mint(), mint(), mint("challenge", rotated)]);
    expect(new Set(tokens).size).toBe(1);
  });
  it("a token names its kind and its key, and fits a header and a URL", async () => {
    expect(await mint("challenge")).toMatch(/^dsc_k1\.[\w-]{74}$/);
    expect(await mint("selection")).toMatch(/^dss_k1\.[\w-]{74}$/);
    expect(await mint("refresh")).toMatch(/^dsr_k1\.[\w-]{74}$/);
    expect(await mint("device", rotated, "k2")).toMatch(/^dsd_k2\.[\w-]{74}$/);
  });
  it("a token is another for another seed, locator, kind or key", async () => {
    const bodies = await Promise.all([
      ...KINDS.map((kind) => mint(kind)),
      mint("challenge", rotated, "k2"),
      mintBearer(keyring, "challenge", "k1", LOCATOR, bytes(32, 101)),
      mintBearer(keyring, "challenge", "k1", bytes(25, 1), SEED),
    ]);
    const secrets = bodies.map((token) => token?.split(".")[1]?.slice(34));
    expect(new Set(secrets).size).toBe(bodies.length);
  });
  it("a token lives through a rotation, and dies with its key", async () => {
    const token = await mint();
    const bearer = (await read(token, "challenge", rotated)) as Bearer;
    expect(await provesSeed(rotated, "challenge", bearer, SEED)).toBe(true);
    expect(await read(token, "challenge", forgetful)).toBeNull();
    expect(await provesSeed(forgetful, "challenge", bearer, SEED)).toBe(false);
    expect(await mintBearer(forgetful, "challenge", "k1", LOCATOR, SEED)).toBeNull();
  });
  it("a token may have the longest key id and locator in use", async () => {
    const id = "a-key-of-16-char";
    const ring = createKeyring([{ id, secret: bytes(32) }], bytes(32));
    const token = (await mintBearer(ring, "refresh", id, bytes(36), SEED)) as string;
    expect(token.length).toBeLessThan(128);
    expect(await readBearer(ring, "refresh", 36, token)).toMatchObject({ keyId: id });
  });
});

describe("a token of another sort", () => {
  it("a token of another sort is refused, whatever kind it is shown as", async () => {
    for (const made of KINDS)
      for (const shown of KINDS.filter((kind) => kind !== made)) {
        const token = await mint(made);
        const renamed = (await mint(shown)).slice(0, 3) + token.slice(3);
        expect(await read(token, shown)).toBeNull();
        expect(await read(renamed, shown)).toBeNull();
      }
  });
  it("a token of another sort is refused under the name of another key that is there", async () => {
    const token = await mint();
    expect(await read(token.replace("_k1.", "_k2."), "challenge", rotated)).toBeNull();
  });
  it("a token of another sort is refused with a locator of another length", async () => {
    const token = await mint();
    for (const length of [0, 24, 26, 36, 55])
      expect(await readBearer(keyring, "challenge", length, token)).toBeNull();
  });
  it("a token of another sort does not prove the seed of another record", async () => {
    const bearer = (await read(await mint())) as Bearer;
    expect(await provesSeed(keyring, "challenge", bearer, SEED)).toBe(true);
    expect(await provesSeed(keyring, "challenge", bearer, bytes(32, 101))).toBe(false);
    expect(await provesSeed(keyring, "challenge", bearer, new Uint8Array())).toBe(false);
    expect(await provesSeed(keyring, "selection", bearer, SEED)).toBe(false);
    const moved = { ...bearer, locator: bytes(25, 1) };
    expect(await provesSeed(keyring, "challenge", moved, SEED)).toBe(false);
  });
});
