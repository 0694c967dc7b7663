import { OWN_PATHS } from "../../proxy/policy/own-paths.ts";
import type { Policy } from "../../proxy/policy/policy.ts";
import { readPolicy } from "../../proxy/policy/read-policy.ts";
import { StartError } from "./start-error.ts";

/**
 * The policy of a text. Throws StartError that names every wrong rule.
 *
 * @param readBase the text of a file that the policy extends
 */
export function policyOf(text: string, readBase?: (name: string) => string | null): Policy {
  const options = readBase === undefined ? {} : { readBase };
  const read = readPolicy(text, { ownPaths: OWN_PATHS, ...options });
  if (read.ok) return read.value;
  const lines = read.failure.map(
    ({ detail, match, position }) =>
      `  ${position}${match === null ? "" : ` (${match})`} ${detail}`,
  );
  throw new StartError(`POLICY_FILE cannot be used:\n${lines.join("\n")}`);
}
