import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const SHARED = join(ROOT, "../shared");
const read = (path: string): string => readFileSync(path, "utf8");

/** What was copied, so that a clone stands alone, and where it comes from. */
const COPIES = [
  { copy: "docs/legacy.md", original: "LEGACY.md" },
  { copy: "test/cases/linking.json", original: "cases/linking.json" },
  { copy: "test/cases/names.json", original: "cases/names.json" },
  { copy: "test/cases/phones.json", original: "cases/phones.json" },
] as const;

describe("the copies of what is shared", () => {
  it("the copies of what is shared stand in every clone", () => {
    for (const { copy } of COPIES) expect(read(join(ROOT, copy)).length).toBeGreaterThan(1000);
  });

  // Not a skip where there is nothing beside the clone: it stands alone then, as it should.
  if (existsSync(SHARED)) {
    it.each(COPIES)(
      "the copies of what is shared: $copy is $original, letter by letter",
      ({ copy, original }) => {
        expect(read(join(ROOT, copy))).toBe(read(join(SHARED, original)));
      },
    );

    it("the copies of what is shared leave no case out", () => {
      const shared = readdirSync(join(SHARED, "cases")).sort();
      expect(readdirSync(join(ROOT, "test/cases")).sort()).toEqual(shared);
    });
  }
});
