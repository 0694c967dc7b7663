import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LONG, spread } from "../../support/house/run-order.ts";

it("every file that a run begins first is there", () => {
  const root = join(import.meta.dirname, "../../..");
  expect(LONG.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it("files that compute are spread among those that wait, and none is lost", () => {
  expect(spread(["a", "b", "c", "d", "e"], ["1", "2"])).toEqual([
    "1",
    "a",
    "b",
    "c",
    "2",
    "d",
    "e",
  ]);
  expect(spread(["1"], ["a", "b"])).toEqual(["1", "a", "b"]);
  expect(spread(["a", "b"], [])).toEqual(["a", "b"]);
  expect(spread([], [])).toEqual([]);
});
