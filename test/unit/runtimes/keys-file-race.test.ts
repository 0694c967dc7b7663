import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";
import { loadDevelopmentKeys } from "../../../src/runtimes/node/keys-file.ts";

const base = mkdtempSync(join(tmpdir(), "doorstep-keys-"));
afterAll(() => rm(base, { recursive: true }));
/** The pinned Node, which runs TypeScript; the tests themselves may run on an older one. */
const NODE = join(import.meta.dirname, "../../../node_modules/.bin/node");
const never = () => Promise.reject(new Error("keys were generated"));

/** A real process that is up and waits; `keysIn` makes it load the keys of a folder, at once. */
async function starter() {
  const source = new URL("../../../src/runtimes/node/keys-file.ts", import.meta.url).href;
  const script = `
    import { createInterface } from "node:readline";
    import { loadDevelopmentKeys } from ${JSON.stringify(source)};
    console.log("ready");
    for await (const folder of createInterface({ input: process.stdin }))
      console.log(JSON.stringify(await loadDevelopmentKeys({ folder })));`;
  const child = spawn(NODE, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const died = once(lines, "close").then(() => Promise.reject(new Error("the process ended")));
  died.catch(() => undefined);
  const nextLine = async () => (await Promise.race([once(lines, "line"), died]))[0] as string;
  await nextLine();
  return {
    keysIn(folder: string): Promise<string> {
      child.stdin.write(`${folder}\n`);
      return nextLine();
    },
    stop: () => child.stdin.end(),
  };
}

describe("development keys", () => {
  it("development keys are the same for two processes that start at once, in each of 8 folders", async () => {
    const folders = Array.from({ length: 8 }, (_, index) => join(base, `${index}`, ".data"));
    const starters = await Promise.all([starter(), starter()]);
    try {
      for (const folder of folders) {
        const [a, b] = await Promise.all(starters.map((start) => start.keysIn(folder)));
        expect(a).toContain("INDEX_KEY");
        expect(a).toBe(b);
        expect(a).toBe(JSON.stringify(await loadDevelopmentKeys({ folder, generate: never })));
        expect(await readdir(folder)).toEqual(["keys.json"]);
      }
    } finally {
      for (const start of starters) start.stop();
    }
  }, 20_000);
});
