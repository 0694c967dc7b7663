import { expect, it } from "vitest";
import { readSources } from "../../support/house/source-files.ts";

const sources = readSources();
const placesOf = (pattern: RegExp, room = ""): readonly string[] =>
  sources.flatMap(({ path, text }) => (path.startsWith(room) && pattern.test(text) ? [path] : []));

it("no object of src spreads a literal: a limit on lines is no reason for it", () => {
  expect(placesOf(/\.\.\.\{ ?\w/)).toEqual([]);
});

it("no flow takes the whole gateway: its type names the ports that it needs", () => {
  expect(placesOf(/: Gateway[,)]/, "flows/")).toEqual([]);
});
