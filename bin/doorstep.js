#!/usr/bin/env node
import { existsSync } from "node:fs";
// Not by its name: an older Node lacks it, and would end before it could say which one is needed.
import module from "node:module";

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`doorstep needs Node 24 or newer; this is ${process.versions.node}.\n`);
  process.exit(2);
}

// Before the first TypeScript: a single file outside the cache makes Node load its compiler, which
// takes 20 MB and a sixth of the start.
module.enableCompileCache();

// A clone runs its TypeScript, never an older build; the package contains only the build.
const source = new URL("../src/cli/doorstep.ts", import.meta.url);
await import(existsSync(source) ? source.href : "../dist/cli/doorstep.js");
