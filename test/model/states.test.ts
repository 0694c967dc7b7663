import "./quick-digest.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import { makeSqliteDirectory } from "./sqlite-memory.ts";
import { statesSuite } from "./states.suite.ts";

statesSuite("in memory", makeMemoryDirectory, 500);
statesSuite("on SQLite", makeSqliteDirectory, 60);
