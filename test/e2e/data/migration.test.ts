import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { COMPILED, NODE, temporaryFolder } from "../../support/gateway/gateway-process.ts";

const ROOT = join(import.meta.dirname, "../../..");
const DOCUMENT = readFileSync(join(ROOT, "docs/migration.md"), "utf8");
const BLOCKS = [...DOCUMENT.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = "", text = ""]) => ({ language, text: text.trimEnd() }),
);

/** What the document shows, with `…` for what differs from run to run. */
function shown(text: string): RegExp {
  const parts = text.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^\\n…]+?")}$`);
}

/** The commands run one after another in one folder, on the sample data, without a terminal. */
const PRELUDE = `doorstep() { "${NODE}" "${join(ROOT, "src/cli/doorstep.ts")}" "$@"; }\n`;

it("docs/migration.md: each command prints on the sample data what the document shows, in a row", () => {
  const folder = temporaryFolder();
  const pairs = BLOCKS.flatMap((block, at) =>
    block.language === "sh" ? [[block.text, BLOCKS[at + 1]] as const] : [],
  );
  expect(pairs.length).toBeGreaterThan(8);
  for (const [command, answer] of pairs) {
    const { stdout } = spawnSync("bash", ["-c", PRELUDE + command], {
      cwd: folder,
      encoding: "utf8",
      env: { ...COMPILED, PATH: process.env["PATH"], LANG: "C.UTF-8" },
    });
    const wanted = answer?.language === "text" ? answer.text : "";
    expect(stdout.trim(), command).toMatch(shown(wanted));
  }
}, 120_000);
