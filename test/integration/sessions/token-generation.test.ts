import { expect, test } from "vitest";
import { createKeyring } from "../../../src/core/secrets/keyring.ts";
import {
  generationJti,
  isOfGeneration,
  JTI_RANDOM_BYTES,
} from "../../../src/flows/sessions/token-generation.ts";
import { session } from "../../support/core/session-fixture.ts";

const keyOf = (byte: number) => ({ id: "k1", secret: new Uint8Array(32).fill(byte) });
const keyring = createKeyring([keyOf(7)], new Uint8Array(32).fill(9));
const random = (byte: number) => new Uint8Array(JTI_RANDOM_BYTES).fill(byte);
const generation = (number: number) => session("s", 0, { generation: number });
const jti = async (number: number, byte = 1) =>
  (await generationJti(keyring, generation(number), random(byte))) ?? "";

test("a jti tells its generation only to a holder of seed and key", async () => {
  for (const [made, asked] of [
    [1, 1],
    [1, 2],
    [2, 1],
    [256, 1],
  ] as const) {
    const known = await isOfGeneration(keyring, generation(asked), await jti(made));
    expect([made, asked, known]).toEqual([made, asked, made === asked]);
  }
  const other = createKeyring([keyOf(8)], new Uint8Array(32).fill(9));
  expect(await isOfGeneration(other, generation(1), await jti(1))).toBe(false);
  const stranger = { ...generation(1), seed: "b3RoZXI" };
  expect(await isOfGeneration(keyring, stranger, await jti(1))).toBe(false);
});

test("a jti is unlike any other, of the same generation too", async () => {
  const many = [];
  for (let byte = 0; byte < 50; byte++) many.push(await jti(byte % 3, byte));
  // No two share the part that is derived: nothing tells which are of one generation.
  expect(new Set(many.map((one) => one.slice(16))).size).toBe(50);
});

test("an invented jti is of no generation, and none is made by a key that has left", async () => {
  for (const invented of ["", "x", crypto.randomUUID(), "A".repeat(32), "=".repeat(32)]) {
    expect(await isOfGeneration(keyring, generation(1), invented)).toBe(false);
  }
  const gone = { ...generation(1), keyId: "gone" };
  expect(await generationJti(keyring, gone, random(1))).toBeNull();
  expect(await isOfGeneration(keyring, gone, await jti(1))).toBe(false);
});
