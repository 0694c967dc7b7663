import { makeMemoryDirectory } from "../support/memory-directory.ts";
import { randomRacesSuite } from "./random-races.suite.ts";

randomRacesSuite("in memory", makeMemoryDirectory, 400);
