import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const DOCUMENTS = [
  ...["README.md", "SECURITY.md", "CONTRIBUTING.md", "sample/README.md"],
  ...readdirSync(join(ROOT, "docs"), { encoding: "utf8", recursive: true })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

describe.each(DOCUMENTS)("%s", (path) => {
  const text = read(path);

  it("a document links to files that exist", () => {
    const links = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, to]) => to ?? "");
    expect(links.filter((to) => !existsSync(join(ROOT, dirname(path), to)))).toEqual([]);
  });

  it("a document names files that exist", () => {
    const named = [...text.matchAll(/`((?:src|test|docs|sample|policy)\/[\w./-]+)`/g)];
    const paths = named.map(([, name]) => name ?? "");
    expect(paths.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });
});

/** https://www.w3.org/TR/WCAG22/: the criteria of levels A and AA. */
const WCAG: readonly string[] = [
  ...["1.1.1", "1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.2.5", "1.3.1", "1.3.2", "1.3.3", "1.3.4"],
  ...["1.3.5", "1.4.1", "1.4.2", "1.4.3", "1.4.4", "1.4.5", "1.4.10", "1.4.11", "1.4.12", "1.4.13"],
  ...["2.1.1", "2.1.2", "2.1.4", "2.2.1", "2.2.2", "2.3.1", "2.4.1", "2.4.2", "2.4.3", "2.4.4"],
  ...["2.4.5", "2.4.6", "2.4.7", "2.4.11", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.7", "2.5.8"],
  ...["3.1.1", "3.1.2", "3.2.1", "3.2.2", "3.2.3", "3.2.4", "3.2.6", "3.3.1", "3.3.2", "3.3.3"],
  ...["3.3.4", "3.3.7", "3.3.8", "4.1.2", "4.1.3"],
];

/** Tests that a text names, as `file` "title", "title", and that are not there. */
function missingTests(text: string): readonly string[] {
  const named = [...text.matchAll(/`(test\/[^`]+)`((?:,? "[^"]+")+)/g)];
  return named.flatMap(([, file = "", titles = ""]) => {
    const tests = existsSync(join(ROOT, file)) ? read(file) : "";
    const all = [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title);
    return all.filter((title) => !tests.includes(title)).map((title) => `${file}: ${title}`);
  });
}

describe("SECURITY.md", () => {
  const text = read("SECURITY.md");
  const defences = text
    .split("\n")
    .filter((line) => line.startsWith("- **") && line.includes(".** "))
    .map((line) => ({ attack: line.split("**")[1] ?? "", proof: line.split("Proof: ")[1] }));

  it("SECURITY.md names a proof of every defence, and each is a test that exists", () => {
    expect(defences.length).toBeGreaterThan(20);
    for (const { attack, proof } of defences) {
      expect(proof, attack).toMatch(/`test\/[^`]+` "[^"]+"/);
    }
    expect(missingTests(text)).toEqual([]);
  });
});

describe("docs/accessibility.md", () => {
  const text = read("docs/accessibility.md");

  it("docs/accessibility.md names tests that exist", () => {
    expect(missingTests(text)).toEqual([]);
  });

  it("docs/accessibility.md holds every criterion of WCAG 2.2 at levels A and AA, once", () => {
    const rows = [...text.matchAll(/^\| (\d\.\d\.\d+) .* \| (?:A|AA) \|/gm)].map(([, id]) => id);
    const [, others = ""] = text.split("## Criteria that do not apply");
    const left = [...others.matchAll(/\d\.\d\.\d+/g)].map(([id]) => id);
    expect([...rows, ...left].sort()).toEqual([...WCAG].sort());
  });
});

describe("docs/clients", () => {
  const linesOf = (text: string): readonly string[] =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");

  it.each([
    ["openid-client.md", "ts", "openid-client.ts"],
    ["oidc-client-ts.md", "js", "spa.ts"],
    ["authjs.md", "ts", "authjs.ts"],
    ["doorstep-client.md", "js", "doorstep-app.js"],
  ])(
    "the code of docs/clients/%s is the code that runs in tests, line by line",
    (page, kind, file) => {
      const run = linesOf(read(`test/support/clients/${file}`));
      const blocks = [...read(`docs/clients/${page}`).matchAll(/^```(\w+)\n(.*?)^```$/gms)];
      const code = blocks
        .filter(([, type]) => type === kind)
        .flatMap(([, , text = ""]) => linesOf(text));
      expect(code.length).toBeGreaterThan(5);
      const missing = code.filter(
        (line) => !run.includes(line) && !/^(authority|url): /.test(line),
      );
      expect(missing).toEqual([]);
    },
  );

  it("each other page of docs/clients says that it is not run", () => {
    const pages = DOCUMENTS.filter((name) => name.startsWith("docs/clients/"));
    expect(pages.length).toBe(8);
    for (const page of pages) expect(read(page)).toMatch(/^(Run in tests|Not run): /m);
  });

  it("each library's page of docs/clients says that silent renewal in a hidden frame is not supported", () => {
    const pages = DOCUMENTS.filter((name) => /^docs\/clients\/[\w-]+\.md$/.test(name));
    for (const page of pages) {
      expect(read(page), page).toMatch(/Silent renewal in a hidden frame is not supported/);
    }
  });
});

describe("docs/standards.md", () => {
  const text = read("docs/standards.md");
  const rows = text
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells.length === 6 && /^\d/.test(cells[1] ?? ""))
    .map(([, id = "", , state = "", by = ""]) => ({ id, state, by }));

  it("docs/standards.md names tests that exist", () => {
    expect(missingTests(text)).toEqual([]);
  });

  it("docs/standards.md says of each requirement whether it is met, and by which test or document, or why not", () => {
    for (const { by, id, state } of rows) {
      expect(["met", "partly", "not met", "not here"], id).toContain(state);
      expect(by, id).not.toBe("");
      if (state === "met" && id !== "6.5.4") expect(by, id).toMatch(/`test\/|\]\([\w./-]+\)/);
    }
  });

  it("docs/standards.md holds every requirement of ASVS 5.0's chapters 6 and 7 at level 2, once", () => {
    const upTo = (section: string, last: number) =>
      Array.from({ length: last }, (_, at) => `${section}.${at + 1}`);
    // Of 6.3 to 6.7 the last ones are level 3's.
    const chapters = [
      ...[upTo("6.1", 3), upTo("6.2", 12), upTo("6.3", 4), upTo("6.4", 4), upTo("6.5", 5)],
      ...[upTo("6.6", 3), upTo("6.8", 4), upTo("7.1", 3), upTo("7.2", 4), upTo("7.3", 2)],
      ...[upTo("7.4", 5), upTo("7.5", 2), upTo("7.6", 2)],
    ].flat();
    const [asvs = ""] = text.split("## RFC 9700");
    const listed = rows.map(({ id }) => id).filter((id) => asvs.includes(`| ${id} |`));
    expect(listed).toEqual(chapters);
  });
});
