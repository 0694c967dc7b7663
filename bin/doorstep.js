#!/usr/bin/env node
import { existsSync } from "node:fs";

// An older Node would answer with a stack that names no remedy.
if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(`Doorstep needs Node 24 or later, and this is ${process.version}.\n`);
  process.exit(2);
}
// A clone runs its TypeScript, never an older build; the package contains only the build.
const source = new URL("../src/cli/doorstep.ts", import.meta.url);
await import(existsSync(source) ? source.href : "../dist/cli/doorstep.js");
