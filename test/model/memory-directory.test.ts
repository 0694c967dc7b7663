import { directorySuite } from "../contract/directory/directory.suite.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";

directorySuite("memory", makeMemoryDirectory);
