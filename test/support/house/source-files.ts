import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { transformSync } from "esbuild";

export interface SourceFile {
  /** From the folder, with slashes: `core/phone.ts`. */
  readonly path: string;
  readonly text: string;
}

/** The code of a folder of the repository. */
export function readSources(folder = "src"): readonly SourceFile[] {
  const root = join(import.meta.dirname, "../../..", folder);
  return (
    readdirSync(root, { recursive: true, encoding: "utf8" })
      // The bench installs its peers in a folder of its own.
      .filter((name) => /\.[cm]?[jt]sx?$/.test(name) && !name.includes("node_modules"))
      .sort()
      .map((name) => ({
        path: name.replaceAll("\\", "/"),
        text: readFileSync(join(root, name), "utf8"),
      }))
  );
}

const IMPORT = new RegExp(
  [
    // import x, { y } from "z"; export * from "z"; with `type` anywhere
    String.raw`^(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']`,
    String.raw`^import\s*["']([^"']+)["']`,
    // import("z"), as a value or in a type
    String.raw`\bimport\(\s*["'\x60]([^"'\x60]+)["'\x60]`,
  ].join("|"),
  "gm",
);

/** What a file imports, statically, dynamically or as a type, as it is spelled. */
export function importsOf({ text }: Pick<SourceFile, "text">): readonly string[] {
  return [...text.matchAll(IMPORT)].map(([, from, bare, called]) => from ?? bare ?? called ?? "");
}

/** The imported file from `src`, or the package's own spelling. */
export function targetOf(path: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier;
}

/** Names that only Node lends to every module. */
const NODE_GLOBALS = [
  "process",
  "Buffer",
  "global",
  "require",
  "__dirname",
  "__filename",
  "setImmediate",
];

/** Which of them a file uses as a value; a property or a text of that name is none. */
export function nodeGlobalsOf({ text }: Pick<SourceFile, "text">): readonly string[] {
  const define = Object.fromEntries(NODE_GLOBALS.map((name) => [name, `NODE_GLOBAL_${name}`]));
  const { code } = transformSync(text, { loader: "ts", define });
  return NODE_GLOBALS.filter((name) => code.includes(`NODE_GLOBAL_${name}`));
}
