import { expect, it } from "vitest";
import { createProbeLimit } from "../../../src/flows/state/probe-limit.ts";

it("a network has 60 probes a minute, apart from other networks, and again in the next minute", () => {
  const limit = createProbeLimit();
  for (let n = 0; n < 60; n++) expect(limit.refusedUntil("a", 1_000 + n)).toBeNull();
  expect(limit.refusedUntil("a", 60_999)).toBe(61_000);
  expect(limit.refusedUntil("b", 60_999)).toBeNull();
  expect(limit.refusedUntil("a", 61_000)).toBeNull();
});

it("a clock that was set back shuts no network out", () => {
  const limit = createProbeLimit();
  for (let n = 0; n < 61; n++) limit.refusedUntil("a", 9_000_000);
  expect(limit.refusedUntil("a", 9_000_001)).not.toBeNull();
  expect(limit.refusedUntil("a", 1_000)).toBeNull();
});
