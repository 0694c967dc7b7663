import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
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
    return readFileSync(pathOf(setting), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`POLICY_FILE cannot be read (${code})`);
  }
}

/** Reads the file that a policy `extends`: it lies beside that policy. */
export const baseReader =
  (setting: string | null | undefined) =>
  (name: string): string | null => {
    try {
      return readFileSync(join(dirname(pathOf(setting)), name), "utf8");
    } catch {
      return null;
    }
  };

const pathOf = (setting: string | null | undefined): string =>
  setting ? resolve(setting) : join(ROOT, SHIPPED);
