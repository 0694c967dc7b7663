import { makeMemoryDirectory } from "../support/memory-directory.ts";
import { statesSuite } from "./states.suite.ts";

statesSuite("in memory", makeMemoryDirectory, 400);
