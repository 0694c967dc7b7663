import type { CustomerId, UserId } from "../../core/ids.ts";
import { MARK, type StoredDocument, textOf } from "../../core/linking/documents.ts";
import type { AuditEvent } from "../../ports/audit.ts";
import type { LegacyCollection } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";

/** The run of the command that writes, as its journal has it on the operator's machine. */
export interface RemoteRun {
  readonly id: string;
  readonly operator: string;
  readonly reason?: string | undefined;
}

export const UNSURE = " (not confirmed)";

/**
 * A store that refuses one write of many, or whose answer is lost, may have done the others. So a
 * fault is told as well: an operator could otherwise write unseen beside one write that must fail.
 */
export async function unlessUnseen<T>(writing: Promise<T>, tellUnsure: () => void): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    tellUnsure();
    throw error;
  }
}

/** By the gateway itself, so that no command can write unseen. */
export function tellWrite(
  ports: Pick<Gateway, "audit">,
  run: RemoteRun,
  collection: LegacyCollection,
  fields: StoredDocument["fields"],
  detail: string,
): void {
  const [id, other] = [textOf(fields["id"]), textOf(fields[MARK])];
  const ids =
    collection === "users"
      ? { userId: id as UserId | null, customerId: other as CustomerId | null }
      : { userId: null, customerId: id as CustomerId | null };
  tell(ports, run, {
    name: "record.written",
    ...(ids.userId === null ? {} : { userId: ids.userId }),
    ...(ids.customerId === null ? {} : { customerId: ids.customerId }),
    detail,
  });
}

export function tell(
  { audit }: Pick<Gateway, "audit">,
  { id, operator, reason }: RemoteRun,
  event: Pick<AuditEvent, "name" | "customerId" | "userId" | "detail">,
): void {
  audit.record({
    ...event,
    by: "operator",
    operator,
    runId: id,
    ...(reason === undefined ? {} : { reason }),
  });
}
