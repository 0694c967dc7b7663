import { appendFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ChangedFile, judgeDecisions } from "../../../src/cli/decision-source.ts";

const HEADER = "customer_id,user_id,digest,decision";

function fileOf(rows: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), "doorstep-decisions-")), "rows.csv");
  writeFileSync(file, `${[HEADER, ...rows].join("\r\n")}\r\n`);
  return file;
}

const linesOf = async (file: string) => {
  const judged = await judgeDecisions(file);
  if (judged.ok) throw new Error("the file has no fault");
  return judged.failure.map(({ fault, line }) => `${line} ${fault}`);
};

describe("a file of decisions", () => {
  it("a file of decisions is read anew for each pass, in its order", async () => {
    const judged = await judgeDecisions(
      fileOf(["c-1,u-1,d,link", "c-2,u-2,d,leave", "c-3,u-1,d,new", "c-4,,d,"]),
    );
    if (!judged.ok) throw new Error("the file has a fault");
    expect(judged.value).toMatchObject({ decided: 2, leave: 1, undecided: 1 });
    for (const _ of [1, 2]) {
      const lines: number[] = [];
      for await (const { line } of judged.value.rows()) lines.push(line);
      expect(lines).toEqual([2, 4]);
    }
  });
  it("a file of decisions names every second decision, among thousands that only look repeated to the filter", async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => `c-${n},u-${n},d,link`);
    const file = fileOf([...rows, "c-7,u-x,d,link", "c-y,u-9,d,link", "c-z,u-9,d,new"]);
    expect(await linesOf(file)).toEqual([
      "20002 line 9 decides about the same customer",
      "20003 line 11 links the same user",
    ]);
  });
  it("a file of decisions that is saved after its judgement is not carried out", async () => {
    const file = fileOf(["c-1,u-1,d,link"]);
    const judged = await judgeDecisions(file);
    if (!judged.ok) throw new Error("the file has a fault");
    appendFileSync(file, "c-1,u-2,d,link\r\n");
    await expect(judged.value.rows().next()).rejects.toBeInstanceOf(ChangedFile);
  });
  it("a file of decisions that is no file, or not UTF-8 at its end, is refused", async () => {
    expect(await linesOf(tmpdir())).toEqual(["1 the file is no ordinary file"]);
    expect(await linesOf(join(tmpdir(), "doorstep-no-such.csv"))).toEqual([
      "1 the file cannot be read",
    ]);
    const file = fileOf(["c-1,u-1,d,link"]);
    appendFileSync(file, Buffer.from([0xe0, 0xa4]));
    expect(await linesOf(file)).toEqual(["1 the file is not UTF-8: save it as CSV UTF-8"]);
  });
});
