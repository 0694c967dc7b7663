#!/usr/bin/env node
import { existsSync } from "node:fs";
import { enableCompileCache } from "node:module";

// Before the first TypeScript: a single file outside the cache makes Node load its compiler, which
// takes 20 MB and a sixth of the start.
enableCompileCache();

// A clone runs its TypeScript, never an older build; the package contains only the build.
const source = new URL("../src/cli/doorstep.ts", import.meta.url);
await import(existsSync(source) ? source.href : "../dist/cli/doorstep.js");
