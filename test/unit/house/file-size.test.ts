import { describe, expect, it } from "vitest";
import { readSources } from "../../support/house/source-files.ts";

const MOST_LINES = 300;
const linesOf = (text: string): number => text.trimEnd().split("\n").length;
const sizesIn = (folder: string) =>
  readSources(folder).map(({ path, text }) => ({ path, lines: linesOf(text) }));

/** Functions are measured by Biome: `noExcessiveLinesPerFunction` in biome.json. */
describe("the files", () => {
  it.each(["src", "test", "bench", "scripts"])(
    `the files of %s are short enough to read at once: ${MOST_LINES} lines at most`,
    (folder) => {
      const sizes = sizesIn(folder);
      expect(sizes.length).toBeGreaterThan(0);
      expect(sizes.filter(({ lines }) => lines > MOST_LINES)).toEqual([]);
    },
  );

  it("the files of src are mostly below 100 lines", () => {
    const sorted = sizesIn("src")
      .map(({ lines }) => lines)
      .sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(100);
  });
});
