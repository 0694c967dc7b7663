import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { fileLines } from "../../adapters/runs/read-run-file.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { rowDigest } from "../../flows/operator/linking/apply-decision.ts";
import {
  PERSON_REASONS,
  type PersonReason,
  type PersonRow,
} from "../../flows/operator/person-rows.ts";
import { csvCells, csvHead, csvRow } from "./audit-csv.ts";

/** The rows for a person, by reason. */
export interface DecisionFile {
  write(row: PersonRow, gateway: Pick<Gateway, "runtime">): Promise<void>;
  close(): void;
  /** Half a list must not be taken for a whole one. */
  discard(): void;
}

/** For this user only: the rows have names, phones and e-mails. An existing file is left alone. */
export function openDecisionFile(path: string): DecisionFile | "exists" {
  const file = create(path, "wx");
  if (file === null) return "exists";
  const parts = new Map<PersonReason, number>();
  const closeAll = () => {
    for (const one of [file, ...parts.values()]) closeSync(one);
  };
  writeSync(file, csvHead());
  return {
    async write(row, gateway) {
      const cells = csvCells(row, await rowDigest(gateway, row.customer, row.user));
      const part = parts.get(row.reason) ?? partOf(`${path}.${row.reason}`);
      parts.set(row.reason, part);
      writeSync(part, `${JSON.stringify(cells)}\n`);
    },
    close() {
      let rows = 0;
      for (const part of PERSON_REASONS.flatMap((reason) => parts.get(reason) ?? [])) {
        for (const { text } of fileLines(part)) {
          rows++;
          writeSync(file, csvRow(rows, JSON.parse(text) as string[]));
        }
      }
      closeAll();
    },
    discard() {
      closeAll();
      rmSync(path, { force: true });
    },
  };
}

/** Rows of one reason, until all are known. The file has no name, so that a kill leaves none. */
function partOf(path: string): number {
  const part = create(path, "wx+");
  if (part === null) throw new TypeError("a part of the list exists already");
  rmSync(path);
  return part;
}

function create(path: string, flags: "wx" | "wx+"): number | null {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return null;
    throw error;
  }
}
