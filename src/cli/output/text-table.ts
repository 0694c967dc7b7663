import { Table } from "console-table-printer";
import { printable } from "./printable.ts";

const NO_LINE = { left: "", mid: "", right: "", other: "" };
const STYLE = { headerTop: NO_LINE, headerBottom: NO_LINE, tableBottom: NO_LINE, vertical: "" };

/**
 * Columns as wide as their widest cell, two blanks apart, without blanks at the end of a line.
 * Widths are those of a terminal: a Devanagari vowel sign above or below its letter takes no
 * column, a Chinese character takes two.
 *
 * @returns a line for each row
 */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  // A line end in a cell would forge a row.
  const cells = rows.map((row) => row.map(printable));
  // The library gives a width to a column with only empty cells.
  const isUsed = (_: string, at: number) => cells.some((row) => row[at] !== "");
  const [first, ...others] = cells.map((row) => row.filter(isUsed));
  if (first === undefined) return [];
  const columns = first.map((title, at) => ({ name: `${at}`, title, alignment: "left" as const }));
  const table = new Table({ columns, style: STYLE, shouldDisableColors: true });
  for (const row of others) table.addRow({ ...row });
  return (
    table
      .render()
      .split("\n")
      .filter((line) => line !== "")
      // The library puts a blank on either side of every cell.
      .map((line) => line.slice(1).trimEnd())
  );
}

/** The lines of a table as one text. */
export const textTable = (rows: readonly (readonly string[])[]): string =>
  tableLines(rows)
    .map((line) => `${line}\n`)
    .join("");
