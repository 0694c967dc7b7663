import "./quick-digest.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import { killsSuite } from "./kills.suite.ts";

killsSuite("in memory", makeMemoryDirectory, 40);
