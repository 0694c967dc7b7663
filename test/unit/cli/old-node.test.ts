import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ENTRY = join(import.meta.dirname, "../../../bin/doorstep.js");
const AS_NODE_22 =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"22.1.0"}})';

it("an older Node is told which one the command needs, before anything that it lacks is loaded", () => {
  const { status, stderr } = spawnSync(process.execPath, ["--import", AS_NODE_22, ENTRY, "audit"], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([2, "doorstep needs Node 24 or newer; this is 22.1.0.\n"]);
});
