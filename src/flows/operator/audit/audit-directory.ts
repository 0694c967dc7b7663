import type { Gateway } from "../../gateway.ts";
import type { DirectorySurvey } from "../reading/survey-directory.ts";
import { type AuditOptions, auditCustomers, type CustomerCounts } from "./audit-customers.ts";
import { auditUsers, type UserCounts, type UserOptions } from "./audit-users.ts";

/** The state of both collections: counts only, and so what a later run is compared with. */
export interface DirectoryCounts {
  readonly customers: CustomerCounts;
  readonly users: UserCounts;
}

interface DirectoryOptions extends Omit<AuditOptions & UserOptions, "onProgress"> {
  /**
   * @param done the records that have been read so far
   * @param total of a count a moment ago
   */
  onProgress(done: number, total: number): void;
}

/** Reads both collections once more after their survey. Writes nothing. */
export async function auditDirectory(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  survey: DirectorySurvey,
  { isPublished, onProgress, onRow }: DirectoryOptions,
): Promise<DirectoryCounts> {
  const total = survey.customers + survey.numberOfUsers;
  const tell = (done: number) => onProgress(done, total);
  tell(0);
  const customers = await auditCustomers(gateway, survey, { onRow, onProgress: tell });
  const users = await auditUsers(gateway, survey, {
    isPublished,
    onRow,
    onProgress: (done) => tell(customers.customers + done),
  });
  return { customers, users };
}
