import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { StartError } from "../shared/start-error.ts";

const SHIPPED = "policy/earlybird.json";
const ROOT = join(import.meta.dirname, "../../..");

/**
 * The text of POLICY_FILE, a path from the working directory; by default the shipped policy, from
 * any directory.
 *
 * @param setting empty or left out: the shipped one
 * @throws StartError where there is no such file
 */
export function readPolicyText(setting: string | null | undefined): string {
  try {
    return readFileSync(setting ? resolve(setting) : join(ROOT, SHIPPED), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`POLICY_FILE cannot be read (${code})`);
  }
}
