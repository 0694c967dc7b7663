import "./quick-digest.ts";
import { makeMemoryDirectory } from "../support/memory-directory.ts";
import { interleavingsSuite } from "./interleavings.suite.ts";

interleavingsSuite("in memory", makeMemoryDirectory, 5000);
