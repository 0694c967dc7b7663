import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { NODE } from "../../support/gateway/gateway-process.ts";

const WRITER = pathToFileURL(`${import.meta.dirname}/../../../src/cli/output/lines/line-writer.ts`);

/** A process that writes numbered lines and then does `last`; its output is read when asked for. */
function writing(lines: number, last: string, isHeard = false): ChildProcess {
  const code = `
    import { lineWriter } from ${JSON.stringify(WRITER.href)};
    const { hurry, write } = lineWriter(process.stdout, {
      refused: (because) => write("refused " + because),
      dropped: (n) => write("dropped " + n),
    });
    process.on("uncaughtException", () => process.exit(1));
    process.on("SIGTERM", () => process.exit(0));
    setTimeout(() => undefined, 60_000);
    let nth = 0;
    const some = () => {
      for (let i = 0; i < 100 && nth < ${lines}; i++) write("line " + nth++ + " " + ".".repeat(90));
      if (nth < ${lines}) setImmediate(some);
      else { ${last} }
    };
    some();`;
  const child = spawn(NODE, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", isHeard ? "pipe" : "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function linesOf({ stdout }: ChildProcess): Promise<readonly string[]> {
  let text = "";
  for await (const chunk of stdout?.setEncoding("utf8") ?? []) text += chunk;
  return text.split("\n");
}

const expected = (lines: number): readonly string[] => [
  ...Array.from({ length: lines }, (_, nth) => `line ${nth} ${".".repeat(90)}`),
  "",
];

describe("log lines of a busy process", () => {
  it.each([
    ["throws", 'throw new Error("unforeseen")', 1],
    ["ends itself", "process.exit(0)", 0],
    ["is told to end", 'process.kill(process.pid, "SIGTERM")', 0],
  ])(
    "no line is lost or written twice where a process %s with many to write",
    async (_, last, code) => {
      const child = writing(5_000, last);
      const ended = once(child, "exit");
      expect(await linesOf(child)).toEqual(expected(5_000));
      expect((await ended)[0]).toBe(code);
    },
  );

  it("no line is lost or written twice where the reader is slower than the process", async () => {
    const child = writing(20_000, "process.exit(0)");
    await sleep(400);
    expect(await linesOf(child)).toEqual(expected(20_000));
  });

  it("lines are dropped and counted where the reader has stopped and 16 MB wait: the process goes on, in bounded memory", async () => {
    const most = 400_000;
    const child = writing(most, 'process.stderr.write("all")', true);
    await once(child.stderr ?? child, "data");
    const reading = linesOf(child);
    await sleep(300);
    child.kill("SIGTERM");
    const lines = await reading;
    const kept = lines.length - 2;
    expect(kept).toBeLessThan(most / 2);
    expect(lines).toEqual([...expected(kept).slice(0, -1), `dropped ${most - kept}`, ""]);
  });
});
