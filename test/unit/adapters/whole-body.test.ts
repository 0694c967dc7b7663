import { expect, it } from "vitest";
import { wholeBody } from "../../../src/adapters/fetch/bodies.ts";
import { SharedRoom } from "../../../src/core/shared-room.ts";

const room = new SharedRoom({ all: 1e9, share: 1e9, open: 1e9, goodMs: 60_000 }, () => 0);

it("an answer to judge may come in any number of chunks: more than a call takes arguments", async () => {
  let left = 250_000;
  const next = async () => (left-- > 0 ? Uint8Array.of(left & 255) : null);
  const whole = await wholeBody(next, 1_000_000, room.hold("source"));
  expect(whole.length).toBe(250_000);
});
