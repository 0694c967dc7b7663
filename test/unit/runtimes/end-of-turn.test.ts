import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { atEndOfTurn } from "../../../src/runtimes/node/short-way/end-of-turn.ts";

it("what waits for the end of the turn runs once, in its order, and what comes meanwhile in the next turn", async () => {
  const ran: number[] = [];
  const later = atEndOfTurn<number>((item) => {
    ran.push(item);
    if (item === 1) later(3);
  });
  later(1);
  later(2);
  expect(ran).toEqual([]);
  await turn();
  expect(ran.slice(0, 2)).toEqual([1, 2]);
  await turn();
  expect(ran).toEqual([1, 2, 3]);
});

it("what waits for the end of the turn waits for 63 others at most", async () => {
  const ran: number[] = [];
  const later = atEndOfTurn<number>((item) => ran.push(item));
  for (let item = 0; item < 65; item++) later(item);
  expect(ran).toHaveLength(64);
  await turn();
  expect(ran).toEqual(Array.from({ length: 65 }, (_, item) => item));
});
