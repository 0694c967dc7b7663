import "./quick-digest.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import { randomRacesSuite } from "./random-races.suite.ts";
import { makeSqliteDirectory } from "./sqlite-memory.ts";

randomRacesSuite("in memory", makeMemoryDirectory, 150);
randomRacesSuite("on SQLite", makeSqliteDirectory, 25);
