import { expect, it } from "vitest";
import { wordsThatSayNothing } from "../../../../src/core/linking/names.ts";
import shared from "../../../cases/names.json" with { type: "json" };

it("the words of a name that say nothing are those of the shared cases", () => {
  expect([...wordsThatSayNothing()].sort()).toEqual([...shared.words].sort());
});
