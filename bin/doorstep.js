#!/usr/bin/env node
import { existsSync } from "node:fs";

// A clone runs its TypeScript, never an older build; the package contains only the build.
const source = new URL("../src/cli/doorstep.ts", import.meta.url);
await import(existsSync(source) ? source.href : "../dist/cli/doorstep.js");
