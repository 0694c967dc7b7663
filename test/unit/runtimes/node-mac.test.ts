import fc from "fast-check";
import { expect, it } from "vitest";
import { utf8 } from "../../../src/core/bytes.ts";
import { createKeyring } from "../../../src/core/secrets/keyring.ts";
import { webcryptoMac } from "../../../src/core/secrets/mac.ts";
import { nodeMac } from "../../../src/runtimes/node/node-mac.ts";
import { bytes, keyOf } from "../../support/core/keyring-fixture.ts";

const anyBytes = (minLength = 0) =>
  fc.uint8Array({ minLength, maxLength: 100 }).map((array) => Uint8Array.from(array));

it("Node's MAC is WebCrypto's, for any secret, label and message", async () => {
  const anything = fc.tuple(anyBytes(32), fc.string(), anyBytes());
  await fc.assert(
    fc.asyncProperty(anything, async ([secret, label, message]) => {
      const [own, other] = [
        await nodeMac(secret, utf8(label)),
        await webcryptoMac(secret, utf8(label)),
      ];
      expect(own(message)).toEqual(await other(message));
      expect(own(message), "again").toEqual(own(message));
    }),
    { numRuns: 50 },
  );
});

it("Node's MAC is there at once, and its bytes lie in a buffer of their own", async () => {
  const mac = await nodeMac(bytes(32), utf8("label"));
  const made = mac(bytes(40));
  if (made instanceof Promise) throw new Error("waits for a thread");
  // A part of Node's shared pool would let one secret be read beside another.
  expect([made.length, made.buffer.byteLength]).toEqual([32, 32]);
});

it("a keyring derives each key once, whichever platform computes", async () => {
  const derived: string[] = [];
  const ring = createKeyring([keyOf("k1", 7)], bytes(32), (secret, info) => {
    derived.push(new TextDecoder().decode(info));
    return nodeMac(secret, info);
  });
  for (const seed of [1, 2, 3]) {
    await ring.mac("refresh", "k1", bytes(32, seed));
    await ring.limitKey(`${seed}`);
  }
  expect(derived).toEqual(["doorstep/1/refresh", "doorstep/1/index-limit"]);
});
