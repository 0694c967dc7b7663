import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const DOCUMENTS = [
  ...["README.md", "SECURITY.md", "sample/README.md"],
  ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`),
];

describe.each(DOCUMENTS)("%s", (path) => {
  const text = read(path);

  it("links to files that exist", () => {
    const links = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, to]) => to ?? "");
    expect(links.filter((to) => !existsSync(join(ROOT, dirname(path), to)))).toEqual([]);
  });

  it("names files that exist", () => {
    const named = [...text.matchAll(/`((?:src|test|docs|sample|policy)\/[\w./-]+)`/g)];
    const paths = named.map(([, name]) => name ?? "");
    expect(paths.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });
});

describe("SECURITY.md", () => {
  const defences = read("SECURITY.md")
    .split("\n")
    .filter((line) => line.startsWith("- **") && line.includes(".** "))
    .map((line) => ({ attack: line.split("**")[1] ?? "", proof: line.split("Proof: ")[1] }));

  it("names a proof of every defence, and each is a test that exists", () => {
    expect(defences.length).toBeGreaterThan(20);
    for (const { attack, proof } of defences) {
      expect(proof, attack).toBeDefined();
      const files = [...(proof ?? "").matchAll(/`([^`]+)`((?:,? "[^"]+")+)/g)];
      expect(files.length, attack).toBeGreaterThan(0);
      for (const [, file = "", titles = ""] of files) {
        const tests = read(file);
        for (const [, title = ""] of titles.matchAll(/"([^"]+)"/g)) {
          expect(tests.includes(title), `${file}: ${title}`).toBe(true);
        }
      }
    }
  });
});
