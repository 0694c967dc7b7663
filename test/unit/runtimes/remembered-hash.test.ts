import { expect, it } from "vitest";
import { rememberedHash } from "../../../src/runtimes/node/remembered-hash.ts";

function counted() {
  const asked: string[] = [];
  const hash = rememberedHash(async (text) => {
    asked.push(text);
    return `hash of ${text}`;
  });
  return { asked, hash };
}

it("the hash of an address or a network is made once", async () => {
  const { asked, hash } = counted();
  const sources = ["49.36.1.2", "49.36.1.0/24", "2001:db8::1", "2001:db8:7::/48"];
  for (const source of [...sources, ...sources])
    expect(await hash(source)).toBe(`hash of ${source}`);
  expect(asked).toEqual(sources);
});

it("a text that may be a phone, an e-mail or a token is not kept in memory", async () => {
  const { asked, hash } = counted();
  const texts = [
    "9876500001",
    "+919876500001",
    "98765.00001",
    "asha@shop.example",
    "unknown",
    "a".repeat(32),
    "",
  ];
  for (const text of [...texts, ...texts]) await hash(text);
  expect(asked).toEqual([...texts, ...texts]);
});

it("a flood of addresses drops the longest unused, and a failed hash is asked again", async () => {
  const { asked, hash } = counted();
  for (let n = 0; n < 2_000; n++) await hash(`10.0.${n >> 8}.${n & 255}`);
  await hash("10.0.0.0");
  expect(asked).toHaveLength(2_001);
  let isDown = true;
  const failing = rememberedHash(async () => {
    if (isDown) throw new Error("down");
    return "hash";
  });
  await expect(failing("10.0.0.1")).rejects.toThrow("down");
  isDown = false;
  expect(await failing("10.0.0.1")).toBe("hash");
});
