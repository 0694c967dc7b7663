import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const LINKING = "docs/linking.md";

/** Every text in which a person may follow a citation. */
const TEXTS = ["src", "test", "scripts", "bench", "docs"]
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      join(folder, name),
    ),
  )
  .concat("README.md", "SECURITY.md", "CONTRIBUTING.md")
  .filter((path) => /\.(ts|js|md|json)$/.test(path) && !path.includes("node_modules"));

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");

const headingsOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading.trim());

/** Numbers of headings (`## 3. Tokens`) or of list items (`3. **Read** ...`). */
const sectionsOf = (markdown: string) => new Set(numbersOf(markdown, /^## (\d+)\./gm));
const stepsOf = (markdown: string) =>
  new Set(numbersOf(markdown, /^(?:#+ )?(?:Step )?(\d+)\. /gim));

function numbersOf(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, number = ""]) => number);
}

/** `LEGACY 1`, `LEGACY section 1`, `LEGACY 1 and 2`; `LINKING step 3`, `LINKING steps 3 to 9`. */
const LEGACY_CITED = /\bLEGACY (?:sections? )?(\d+(?:(?:,| and| to) \d+)*)/g;
const LINKING_CITED = /\bLINKING steps? (\d+(?:(?:,| and| to) \d+)*)/g;
const numbersIn = (list = ""): readonly string[] => list.match(/\d+/g) ?? [];

/** What a text cites and a reader would not find. */
function brokenCitations(text: string): readonly string[] {
  const legacy = sectionsOf(read("docs/legacy.md"));
  const steps = existsSync(join(ROOT, LINKING)) ? stepsOf(read(LINKING)) : null;
  const sections = [...text.matchAll(LEGACY_CITED)].filter(([, list]) =>
    numbersIn(list).some((number) => !legacy.has(number)),
  );
  const linking = [...text.matchAll(LINKING_CITED)].filter(([, list]) =>
    numbersIn(list).some((number) => steps !== null && !steps.has(number)),
  );
  return [...sections, ...linking].map(([cited]) => cited).concat(brokenPaths(text), gone(text));
}

function brokenPaths(text: string): readonly string[] {
  const paths = [...text.matchAll(/(?<![\w/.-])(docs\/[\w/-]+\.md)(?:#([\w-]+)| step (\d+))?/g)];
  return paths
    .filter(([, path = "", anchor, step]) => {
      // It is written by another hand, and may come later.
      if (!existsSync(join(ROOT, path))) return path !== LINKING;
      const markdown = read(path);
      if (anchor !== undefined) return !headingsOf(markdown).map(anchorOf).includes(anchor);
      return step !== undefined && !stepsOf(markdown).has(step);
    })
    .map(([cited]) => cited);
}

/** Documents that are in no clone. */
const gone = (text: string): readonly string[] =>
  [...text.matchAll(/\b(?:DESIGN|STYLE|STACK|HOUSE)(?:\.md| (?:section|rule)s? \d+)/g)].map(
    ([cited]) => cited,
  );

describe("what comments, tests and documents cite", () => {
  it("a citation is in the repository, down to the heading and the step", () => {
    const here = join("test", "unit", "house", "citations.test.ts");
    const broken = TEXTS.filter((path) => path !== here).flatMap((path) =>
      brokenCitations(read(path)).map((cited) => `${path}: ${cited}`),
    );
    expect(TEXTS.length).toBeGreaterThan(500);
    expect(broken).toEqual([]);
  });

  it.each([
    ["(docs/nowhere.md)", "docs/nowhere.md"],
    ["docs/policy.md#no-such-heading", "docs/policy.md#no-such-heading"],
    ["docs/policy.md step 99", "docs/policy.md step 99"],
    ["the backend's tokens (LEGACY 99)", "LEGACY 99"],
    ["LEGACY 2 and 99", "LEGACY 2 and 99"],
    ["(DESIGN section 4)", "DESIGN section 4"],
    ["(DESIGN rule 11)", "DESIGN rule 11"],
    ["as STACK.md says", "STACK.md"],
  ])("a citation is found missing: %s", (text, cited) => {
    expect(brokenCitations(text)[0]).toContain(cited);
  });

  it("a citation is found where it is there", () => {
    const text = "LEGACY 1, LEGACY sections 2 and 3, docs/policy.md#how-a-rule-reads, LEGACY_JWT";
    expect(brokenCitations(text)).toEqual([]);
  });
});
