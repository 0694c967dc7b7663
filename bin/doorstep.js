#!/usr/bin/env node
import { existsSync } from "node:fs";

// A clone runs its TypeScript, and never a build that is older than it; the package has the build alone.
const source = new URL("../src/cli/doorstep.ts", import.meta.url);
await import(existsSync(source) ? source.href : "../dist/cli/doorstep.js");
