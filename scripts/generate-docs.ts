import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod/mini";
import { SETTINGS } from "../src/config/schema.ts";
import { envExample, withSettingsTable } from "../src/config/settings-docs.ts";
import { POLICY_FILE } from "../src/proxy/policy/policy-file.ts";

/** A file that is fully or partly generated. */
interface GeneratedFile {
  readonly path: string;
  /** The wanted content of the file; null: no file. */
  render(current: string | null): string | null;
}

const FILES: readonly GeneratedFile[] = [
  { path: ".env.example", render: () => envExample(SETTINGS) },
  { path: "policy/schema.json", render: policySchema },
  {
    path: "docs/settings.md",
    render: (current) => (current === null ? null : withSettingsTable(current, SETTINGS)),
  },
];

/** The JSON Schema that `$schema` of a policy file names. */
function policySchema(): string {
  const schema = { title: "Doorstep policy", ...z.toJSONSchema(POLICY_FILE) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/**
 * Updates the generated files under `root`, or with `check` only compares them.
 *
 * @returns the paths, from `root`, that were or would be changed
 */
export function generateDocs(root: string, options: { readonly check: boolean }): string[] {
  const changed: string[] = [];
  for (const { path, render } of FILES) {
    const file = join(root, path);
    const current = existsSync(file) ? readFileSync(file, "utf8") : null;
    const next = render(current);
    if (next === null || next === current) continue;
    if (!options.check) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, next);
    }
    changed.push(path);
  }
  return changed;
}

/** `npm run docs`; with `--check` exit code 1 where a file is not current. */
function main(): void {
  const check = process.argv.includes("--check");
  const changed = generateDocs(join(import.meta.dirname, ".."), { check });
  for (const path of changed) {
    console.error(check ? `${path} is not current: run npm run docs` : `${path} written`);
  }
  if (check && changed.length > 0) process.exitCode = 1;
}

if (import.meta.main) main();
