import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { WriteImage } from "../../core/runs/write-image.ts";
import type {
  ImageOutcome,
  RecordedImage,
  RecordedRun,
  RunCounts,
  RunHeader,
} from "../../ports/run-journal.ts";

/** A line of a journal: the header, an image, or the outcomes of earlier images. */
export type JournalLine =
  | { readonly run: RunHeader }
  | { readonly n: number; readonly image: WriteImage }
  | { readonly written: readonly number[]; readonly lost: readonly number[] };

interface Place {
  readonly at: number;
  readonly length: number;
}

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;

/**
 * Reads a journal twice: once for the places and outcomes of its images, and then page by page from
 * the end, so that a run of a million writes needs little memory. A last line without its end was
 * never synced, so its write never began.
 */
export function readRunFile(path: string): RecordedRun | null {
  const file = opened(path);
  if (file === null) return null;
  try {
    checkOwner(file);
    const { header, lost, places, written } = scanned(file);
    const outcomeOf = (n: number): ImageOutcome =>
      written.has(n) ? "written" : lost.has(n) ? "lost" : "unknown";
    const counts: RunCounts = {
      written: written.size,
      lost: lost.size,
      unknown: places.length - written.size - lost.size,
    };
    return { header, counts, pagesFromTheEnd: (size) => pages(path, places, outcomeOf, size) };
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * An undo writes what the journal says. A file that another account could have written would let
 * that account write any field of any document, a role for example.
 */
function checkOwner(file: number): void {
  const stat = fstatSync(file);
  if (!stat.isFile()) throw new TypeError("the journal is no file");
  const { mode, uid } = stat;
  const isOwn = process.getuid === undefined || uid === process.getuid();
  if (!isOwn || (mode & 0o022) !== 0) {
    throw new TypeError("another account of this machine can write to the journal");
  }
}

function scanned(file: number) {
  let header: RunHeader | null = null;
  const places: Place[] = [];
  const written = new Set<number>();
  const lost = new Set<number>();
  let number = 0;
  for (const { place, text } of fileLines(file)) {
    number++;
    const line = parsed(text, number);
    if ("run" in line) header = line.run;
    else if ("image" in line) places[line.n] = place;
    else {
      for (const n of line.written) written.add(n);
      for (const n of line.lost) lost.add(n);
    }
  }
  if (header === null) throw new TypeError("the journal has no first line: no write was made");
  return { header, places, written, lost };
}

function parsed(text: string, number: number): JournalLine {
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    // The text may hold a password's hash: only its place is told.
    throw new TypeError(`line ${number} of the journal cannot be read`);
  }
}

/** The lines of an open file, from its start, wherever its position is. */
export function* fileLines(
  file: number,
): Iterable<{ readonly text: string; readonly place: Place }> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest = Buffer.alloc(0);
  let at = 0;
  let from = 0;
  const next = () => readSync(file, chunk, 0, CHUNK_BYTES, from);
  for (let read = next(); read > 0; read = next()) {
    from += read;
    const buffer = Buffer.concat([rest, chunk.subarray(0, read)]);
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE, start)) {
      const length = end - start;
      yield { text: buffer.toString("utf8", start, end), place: { at: at + start, length } };
      start = end + 1;
    }
    rest = buffer.subarray(start);
    at += start;
  }
}

function* pages(
  path: string,
  places: readonly Place[],
  outcomeOf: (n: number) => ImageOutcome,
  size: number,
): Iterable<readonly RecordedImage[]> {
  const file = openSync(path, "r");
  try {
    for (let end = places.length; end > 0; end -= size) {
      const page: RecordedImage[] = [];
      for (let n = end - 1; n >= Math.max(0, end - size); n--) {
        const place = places[n];
        if (place !== undefined) page.push({ image: imageAt(file, place), outcome: outcomeOf(n) });
      }
      yield page;
    }
  } finally {
    closeSync(file);
  }
}

function imageAt(file: number, { at, length }: Place): WriteImage {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  const line = JSON.parse(bytes.toString("utf8")) as JournalLine;
  if (!("image" in line)) throw new TypeError("not an image");
  return line.image;
}
