import { createReadStream, statSync } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { CsvError, type Parser, parse } from "csv-parse";
import type { CsvLine, LineFault } from "../core/linking/rows/decision-rows.ts";
import { fail, ok, type Result } from "../core/result.ts";

/** All rows of a CSV in memory, or every fault with its line. */
export async function readCsv(
  path: string,
  columns: readonly string[],
): Promise<Result<readonly CsvLine[], readonly LineFault[]>> {
  const lines: CsvLine[] = [];
  const faults: LineFault[] = [];
  for await (const one of csvLines(path, columns)) {
    if ("fault" in one) faults.push(one);
    else lines.push(one);
  }
  return faults.length > 0 ? fail(faults) : ok(lines);
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads a CSV row by row, as a spreadsheet saved it: UTF-8, with commas, semicolons or tabs. A file
 * of any size needs little memory. A fault that no row can follow is the last one.
 *
 * @param columns must be in the first line; others may be
 */
export async function* csvLines(
  path: string,
  columns: readonly string[],
): AsyncGenerator<CsvLine | LineFault, void, void> {
  let names: readonly string[] | null = null;
  try {
    for await (const { info, record } of await recordsOf(path)) {
      if (names === null) {
        names = record.map((name) => name.trim());
        const present = names;
        const missing = columns.filter((name) => !present.includes(name));
        if (missing.length === 0) continue;
        yield { line: 1, fault: `there is no column ${missing.join(", ")}` };
        return;
      }
      if (record.length === names.length) {
        yield { line: info.lines, cells: cellsOf(names, record) };
        continue;
      }
      const fault = `there are ${record.length} cells, and the first line has ${names.length}`;
      yield { line: info.lines, fault };
    }
    if (names === null) yield { line: 1, fault: `there is no column ${columns.join(", ")}` };
  } catch (error) {
    yield faultOf(error);
  }
}

async function recordsOf(path: string): Promise<AsyncIterable<ParsedRecord>> {
  // A pipe could be read once only.
  if (!statSync(path).isFile()) throw new UnreadableFile("the file is no ordinary file");
  const texts = textsOf(path);
  let head = "";
  for (let next = await texts.next(); !next.done; next = await texts.next()) {
    head += next.value;
    if (/[\r\n]/.test(head)) break;
  }
  const header = /^[^\r\n]*/.exec(head)?.[0] ?? "";
  const delimiter = [",", ";", "\t"].find((each) => header.includes(each)) ?? ",";
  const parser: Parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // An error of the file ends the parser, and so the loop over its records.
  return pipeline(Readable.from(joined(head, texts)), parser, () => undefined);
}

async function* joined(head: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  if (head !== "") yield head;
  yield* rest;
}

async function* textsOf(path: string): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decoded = (bytes?: Uint8Array) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new UnreadableFile("the file is not UTF-8: save it as CSV UTF-8");
    }
  };
  for await (const bytes of createReadStream(path)) yield decoded(bytes as Uint8Array);
  yield decoded();
}

/** The message is the end of a sentence. */
class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

function faultOf(error: unknown): LineFault {
  if (error instanceof UnreadableFile) return { line: 1, fault: error.message };
  if (error instanceof CsvError) {
    const { lines } = error as unknown as { readonly lines?: number };
    return { line: lines ?? 1, fault: "the quotes of this line do not match" };
  }
  if (error instanceof Error && "syscall" in error) {
    return { line: 1, fault: "the file cannot be read" };
  }
  throw error;
}

const cellsOf = (names: readonly string[], record: readonly string[]): CsvLine["cells"] =>
  Object.fromEntries(names.map((name, at) => [name, record[at] ?? ""]));
