import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { StartError } from "./start-error.ts";

const SHIPPED = "policy/earlybird.json";
const ROOT = join(import.meta.dirname, "../..");

/**
 * The text of POLICY_FILE. The policy that is shipped is found from any working directory, every
 * other path is taken from there.
 *
 * @param setting empty or left out: the shipped one
 * @throws StartError where there is no such file
 */
export function readPolicyText(setting: string | undefined): string {
  const path = setting === undefined || setting === "" ? SHIPPED : setting;
  try {
    return readFileSync(path === SHIPPED ? join(ROOT, path) : resolve(path), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`POLICY_FILE cannot be read (${code})`);
  }
}
