import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import type { Gateway } from "../../flows/gateway.ts";
import { rowDigest } from "../../flows/operator/apply-decision.ts";
import type { PersonRow } from "../../flows/operator/audit-customers.ts";
import { csvHead, csvRow } from "./audit-csv.ts";

/** The rows for a person, written as they come. */
export interface DecisionFile {
  write(row: PersonRow, gateway: Pick<Gateway, "runtime">): Promise<void>;
  close(): void;
  /** Half a list must not be taken for a whole one. */
  discard(): void;
}

/** For this user only: the rows have names, phones and e-mails. An existing file is left alone. */
export function openDecisionFile(path: string): DecisionFile | "exists" {
  const file = create(path);
  if (file === null) return "exists";
  let rows = 0;
  writeSync(file, csvHead());
  return {
    async write(row, gateway) {
      const digest = await rowDigest(gateway, row.customer, row.user);
      rows++;
      writeSync(file, csvRow(rows, row, digest));
    },
    close: () => closeSync(file),
    discard() {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

function create(path: string): number | null {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return null;
    throw error;
  }
}
