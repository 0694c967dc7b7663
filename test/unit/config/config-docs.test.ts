import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateDocs } from "../../../scripts/generate-docs.ts";
import { line } from "../../../src/config/parsers/parsers.ts";
import { SETTINGS } from "../../../src/config/schema.ts";
import { optional, rowsOf } from "../../../src/config/setting.ts";
import { envExample, settingsTable, withSettingsTable } from "../../../src/config/settings-docs.ts";
import { loaded } from "../../support/gateway/load-settings.ts";

const ROOT = join(import.meta.dirname, "../../..");
const SETTINGS_PAGE =
  "# Settings\n\n<!-- settings:begin -->\nold\n<!-- settings:end -->\n\nThe end.\n";

describe("the documents made from the settings", () => {
  it("the documents made from the settings are current: if this fails, run npm run docs", () => {
    expect(generateDocs(ROOT, { check: true })).toEqual([]);
  });

  it("the documents made from the settings name every setting in the table and in .env.example", () => {
    const [table, example] = [settingsTable(SETTINGS), envExample(SETTINGS)];
    for (const { name } of rowsOf(SETTINGS)) {
      expect(table).toContain(`| \`${name}\``);
      expect(example).toMatch(new RegExp(`^#?${name}=`, "m"));
    }
  });

  it("the documents made from the settings say of every setting what it means in one sentence", () => {
    for (const { meaning } of rowsOf(SETTINGS)) {
      expect(meaning).toMatch(/^[A-Z`].*[^.]\.$/);
      expect(meaning.match(/\. /g)).toBeNull();
    }
  });

  it("the documents made from the settings give an .env file that changes nothing, with or without its comment signs", () => {
    const example = envExample(SETTINGS);
    const active = example.replace(/^#(?=[A-Z])/gm, "");
    expect(loaded(envOf(example))).toEqual(loaded({}));
    expect(loaded(envOf(active))).toEqual(loaded({}));
  });

  it("the documents made from the settings leave secrets empty and say how one is made", () => {
    const example = envExample(SETTINGS);
    for (const { name, secretFrom } of rowsOf(SETTINGS)) {
      if (secretFrom !== undefined) {
        expect(example).toContain(`# Secret; make one with: ${secretFrom}\n${name}=\n`);
      }
    }
  });

  it("the documents made from the settings keep a table cell whole and say since when a later setting exists", () => {
    const row = optional({
      name: "LATER",
      meaning: "This | that.",
      parse: line(1, 9),
      default: null,
      since: "0.2.0",
    });
    expect(settingsTable({ row })).toContain("| `LATER` | none | This \\| that. Since 0.2.0. |");
  });
});

describe("generateDocs", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "doorstep-docs-"));
    mkdirSync(join(root, "docs"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("generateDocs writes the example and the marked block, once", () => {
    writeFileSync(join(root, "docs/settings.md"), SETTINGS_PAGE);
    expect(generateDocs(root, { check: false })).toEqual([
      ".env.example",
      "policy/schema.json",
      "docs/settings.md",
    ]);
    expect(generateDocs(root, { check: false })).toEqual([]);
    const page = readFileSync(join(root, "docs/settings.md"), "utf8");
    expect(page).toContain("| `PORT` | `8787` |");
    expect(page).not.toContain("old");
    expect(page).toMatch(/<!-- settings:end -->\n\nThe end\.\n$/);
  });

  it("generateDocs only compares with check", () => {
    writeFileSync(join(root, "docs/settings.md"), SETTINGS_PAGE);
    expect(generateDocs(root, { check: true })).toEqual([
      ".env.example",
      "policy/schema.json",
      "docs/settings.md",
    ]);
    expect(readFileSync(join(root, "docs/settings.md"), "utf8")).toBe(SETTINGS_PAGE);
  });

  it("generateDocs leaves a document without both markers alone, and makes none", () => {
    expect(withSettingsTable("# Doorstep\n<!-- settings:begin -->\n", SETTINGS)).toBe(
      "# Doorstep\n<!-- settings:begin -->\n",
    );
    expect(generateDocs(root, { check: false })).toEqual([".env.example", "policy/schema.json"]);
  });
});

/** As `node --env-file` reads it; the prototype of its result is null. */
const envOf = (text: string) => ({ ...parseEnv(text) });
