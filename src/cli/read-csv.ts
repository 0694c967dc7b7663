import { readFileSync, statSync } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import type { CsvLine, LineFault } from "../core/linking/decision-rows.ts";
import { fail, ok, type Result } from "../core/result.ts";

/** A row is some hundred bytes; a larger file is none of ours. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a CSV as a spreadsheet saved it: UTF-8, with commas, semicolons or tabs. Fails with every
 * fault and its line.
 *
 * @param columns must be in the first line; others may be
 */
export function readCsv(
  path: string,
  columns: readonly string[],
): Result<readonly CsvLine[], readonly LineFault[]> {
  const bytes = readBytes(path);
  if (bytes === null) return atLine(1, "the file cannot be read, or is too large");
  const text = decoded(bytes);
  if (text === null) return atLine(1, "the file is not UTF-8: save it as CSV UTF-8");
  return linesOf(text, columns);
}

function readBytes(path: string): Uint8Array | null {
  try {
    return statSync(path).size > MAX_BYTES ? null : readFileSync(path);
  } catch {
    return null;
  }
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function linesOf(
  text: string,
  columns: readonly string[],
): Result<readonly CsvLine[], readonly LineFault[]> {
  const header = /^[^\r\n]*/.exec(text)?.[0] ?? "";
  const delimiter = [",", ";", "\t"].find((each) => header.includes(each)) ?? ",";
  try {
    const options = { delimiter, info: true, relax_column_count: true, skip_empty_lines: true };
    const [first, ...rest] = parse(text, options) as unknown as readonly ParsedRecord[];
    const names = (first?.record ?? []).map((name) => name.trim());
    const missing = columns.filter((name) => !names.includes(name));
    if (missing.length > 0) return atLine(1, `there is no column ${missing.join(", ")}`);
    const faults = rest
      .filter(({ record }) => record.length !== names.length)
      .map(({ info, record }) => ({
        line: info.lines,
        fault: `there are ${record.length} cells, and the first line has ${names.length}`,
      }));
    if (faults.length > 0) return fail(faults);
    return ok(
      rest.map(({ info, record }) => ({ line: info.lines, cells: cellsOf(names, record) })),
    );
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as unknown as { readonly lines?: number };
    return atLine(lines ?? 1, "the quotes of this line do not match");
  }
}

const cellsOf = (names: readonly string[], record: readonly string[]): CsvLine["cells"] =>
  Object.fromEntries(names.map((name, at) => [name, record[at] ?? ""]));

const atLine = (line: number, fault: string): Result<never, readonly LineFault[]> =>
  fail([{ line, fault }]);
