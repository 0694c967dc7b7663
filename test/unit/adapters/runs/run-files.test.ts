import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { beginRun, readRun, runIdOf, runIds } from "../../../../src/adapters/runs/run-files.ts";
import type { DocumentKey } from "../../../../src/core/ids.ts";
import type { WriteImage } from "../../../../src/core/runs/write-image.ts";
import { temporaryFolder } from "../../../support/gateway/gateway-process.ts";
import { HEADER } from "../../../support/runs/memory-journal.ts";

const image = (n: number): WriteImage => ({
  collection: "users",
  key: `${n}` as DocumentKey,
  id: `u-${n}`,
  before: { phone: n, name: "आशा\nराव" },
  after: { phone: String(n) },
});
const fileOf = (folder: string, id = HEADER.id) => join(folder, "runs", `${id}.jsonl`);

async function runOf(folder: string, count: number) {
  const journal = await beginRun(join(folder, "runs"), HEADER);
  for (let n = 0; n < count; n++) await journal.append([image(n)]);
  return journal;
}

test("a run's id says its time, and no other text is looked for as a file", async () => {
  expect(runIdOf(1_795_874_472_000, "3f9a1c")).toBe("2026-11-28-140112-3f9a1c");
  const folder = temporaryFolder();
  writeFileSync(join(folder, "secret.jsonl"), '{"run":{}}\n');
  await (await runOf(folder, 0)).close();
  for (const id of ["../secret", "secret", "", `${HEADER.id}/../x`, `${HEADER.id}\n`]) {
    expect(await readRun(join(folder, "runs"), id)).toBeNull();
  }
  await expect(beginRun(folder, { ...HEADER, id: "../secret" })).rejects.toThrow("not the id");
});

test("a journal is for its owner's eyes, and no second run writes into it", async () => {
  const folder = temporaryFolder();
  await (await runOf(folder, 1)).close();
  expect(statSync(fileOf(folder)).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "runs")).mode & 0o777).toBe(0o700);
  await expect(beginRun(join(folder, "runs"), HEADER)).rejects.toThrow("EEXIST");
});

test("a journal has every image on the disk before `append` returns", async () => {
  const folder = temporaryFolder();
  const journal = await runOf(folder, 3);
  expect(readFileSync(fileOf(folder), "utf8").match(/"image"/g)).toHaveLength(3);
  await Promise.all([journal.append([image(3)]), journal.append([image(4), image(5)])]);
  expect(readFileSync(fileOf(folder), "utf8").match(/"image"/g)).toHaveLength(6);
  await journal.close();
});

test("a journal is read from its end in pages, with the outcome of each write", async () => {
  const folder = temporaryFolder();
  const journal = await runOf(folder, 5);
  journal.settle(0, "written");
  journal.settle(3, "lost");
  await journal.close();
  const run = await readRun(join(folder, "runs"), HEADER.id);
  expect(run).toMatchObject({ header: HEADER, counts: { written: 1, lost: 1, unknown: 3 } });
  const pages = [...(run?.pagesFromTheEnd(2) ?? [])];
  expect(pages.map((page) => page.map(({ image: { id }, outcome }) => [id, outcome]))).toEqual([
    [
      ["u-4", "unknown"],
      ["u-3", "lost"],
    ],
    [
      ["u-2", "unknown"],
      ["u-1", "unknown"],
    ],
    [["u-0", "written"]],
  ]);
  expect(pages[2]?.[0]?.image).toEqual(image(0));
});

test("a journal that a kill has cut in its last line is read without that line", async () => {
  const folder = temporaryFolder();
  const journal = await runOf(folder, 3);
  const whole = statSync(fileOf(folder)).size;
  for (const missing of [1, 2, 40]) {
    truncateSync(fileOf(folder), whole - missing);
    const run = await readRun(join(folder, "runs"), HEADER.id);
    expect(run?.counts).toEqual({ written: 0, lost: 0, unknown: 2 });
  }
  await journal.close();
});

test("a journal with a broken line is refused by the line's number, without its text", async () => {
  const folder = temporaryFolder();
  await (await runOf(folder, 1)).close();
  appendFileSync(fileOf(folder), '{"n":1,"password_hash":"$2b$12$\n');
  const error = await readRun(join(folder, "runs"), HEADER.id).catch((thrown: Error) => thrown);
  expect(String(error)).toBe("TypeError: line 3 of the journal cannot be read");
});

test("a journal that another account can write to is refused: an undo would write what it says", async () => {
  const folder = temporaryFolder();
  await (await runOf(folder, 1)).close();
  for (const mode of [0o620, 0o602, 0o666]) {
    chmodSync(fileOf(folder), mode);
    await expect(readRun(join(folder, "runs"), HEADER.id)).rejects.toThrow("another account");
  }
  chmodSync(fileOf(folder), 0o600);
  expect(await readRun(join(folder, "runs"), HEADER.id)).not.toBeNull();
});

test("a folder or another run's journal under the name of a run is refused", async () => {
  const folder = temporaryFolder();
  await (await runOf(folder, 1)).close();
  const [other, copy] = ["2026-11-29-000000-000001", "2026-11-29-000000-000002"];
  mkdirSync(fileOf(folder, other));
  await expect(readRun(join(folder, "runs"), other)).rejects.toThrow("is no file");
  copyFileSync(fileOf(folder), fileOf(folder, copy));
  await expect(readRun(join(folder, "runs"), copy)).rejects.toThrow("of another run");
});

test("the runs of a folder are listed with the newest first; a missing folder has none", async () => {
  const folder = temporaryFolder();
  expect(await runIds(join(folder, "runs"))).toEqual([]);
  const later = "2026-11-29-000000-000000";
  await (await runOf(folder, 0)).close();
  await (await beginRun(join(folder, "runs"), { ...HEADER, id: later })).close();
  writeFileSync(join(folder, "runs", "notes.txt"), "");
  expect(await runIds(join(folder, "runs"))).toEqual([later, HEADER.id]);
});
