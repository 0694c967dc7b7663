import "./quick-digest.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import { interleavingsSuite } from "./interleavings.suite.ts";

interleavingsSuite("in memory", makeMemoryDirectory, 5000);
