import { type FileHandle, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { WriteImage } from "../../core/runs/write-image.ts";
import type { RecordedRun, RunHeader, RunJournal } from "../../ports/run-journal.ts";
import { type JournalLine, readRunFile } from "./read-run-file.ts";

/** The form of a run's id; no other text becomes a file's name. */
const RUN_ID = /^\d{4}-\d{2}-\d{2}-\d{6}-[0-9a-f]{6}$/;

/** @param randomHex six hex digits: two runs of one second stay apart */
export function runIdOf(now: number, randomHex: string): string {
  const time = new Date(now).toISOString();
  return `${time.slice(0, 10)}-${time.slice(11, 19).replaceAll(":", "")}-${randomHex}`;
}

const pathOf = (folder: string, id: string): string => join(folder, `${id}.jsonl`);

/**
 * Begins a run's journal: a file that only its owner may read, because before-images hold names,
 * phones and password hashes. An existing file is never written to.
 */
export async function beginRun(folder: string, header: RunHeader): Promise<RunJournal> {
  if (!RUN_ID.test(header.id)) throw new TypeError("not the id of a run");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(pathOf(folder, header.id), "ax", 0o600);
  await writeDown(file, [{ run: header }]);
  await syncFolder(folder);
  return journalIn(file, header);
}

function journalIn(file: FileHandle, header: RunHeader): RunJournal {
  let next = 0;
  let lines: JournalLine[] = [];
  let settled: { written: number[]; lost: number[] } = { written: [], lost: [] };
  let flushing: Promise<void> | null = null;
  let writing: Promise<void> = Promise.resolve();
  const notes = (): JournalLine[] => {
    if (settled.written.length + settled.lost.length === 0) return [];
    const note = settled;
    settled = { written: [], lost: [] };
    return [note];
  };
  /** Images that arrive while the disk is busy share the next sync. */
  const flush = (): Promise<void> => {
    flushing ??= writing.then(async () => {
      flushing = null;
      const batch = [...notes(), ...lines];
      lines = [];
      writing = writeDown(file, batch);
      await writing;
    });
    return flushing;
  };
  return {
    header,
    async append(images: readonly WriteImage[]) {
      const numbers = images.map((image) => {
        lines.push({ n: next, image });
        return next++;
      });
      if (images.length > 0) await flush();
      return numbers;
    },
    settle(image, outcome) {
      settled[outcome].push(image);
    },
    async close() {
      await flush();
      await file.close();
    },
  };
}

async function writeDown(file: FileHandle, lines: readonly JournalLine[]): Promise<void> {
  if (lines.length === 0) return;
  await file.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await file.datasync();
}

/** Makes the new file's name durable; some platforms cannot sync a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** The journal of a run; null where there is none of that id. Throws TypeError for a broken one. */
export async function readRun(folder: string, id: string): Promise<RecordedRun | null> {
  if (!RUN_ID.test(id)) return null;
  const run = readRunFile(pathOf(folder, id));
  if (run !== null && run.header.id !== id) throw new TypeError("the journal is of another run");
  return run;
}

/** The ids of all runs, the newest first. */
export async function runIds(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const ids = names.map((name) => name.replace(/\.jsonl$/, "")).filter((id) => RUN_ID.test(id));
  return ids.sort().reverse();
}
