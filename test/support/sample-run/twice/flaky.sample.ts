import { existsSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";

const { FAILS = "once", MARKER = "" } = process.env;

it("fails in the first try", () => {
  const wasHere = existsSync(MARKER);
  writeFileSync(MARKER, "");
  expect(wasHere && FAILS === "once").toBe(true);
});

it("passes in every try", () => undefined);
