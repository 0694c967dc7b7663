import { readFileSync } from "node:fs";
import { bearerToken } from "../../config/parsers/key-parsers.ts";
import { fail, type Result } from "../../core/result.ts";

/** ADMIN_TOKEN, or the file of ADMIN_TOKEN_FILE. Fails with the end of a sentence. */
export function readAdminToken(
  env: Readonly<Record<string, string | undefined>>,
): Result<string, string> {
  const { ADMIN_TOKEN: token = "", ADMIN_TOKEN_FILE: path = "" } = env;
  if (token !== "" && path !== "") return fail("must not be set beside ADMIN_TOKEN_FILE");
  if (token !== "") return bearerToken(32)(token);
  if (path === "") return fail("is required by --gateway");
  try {
    return bearerToken(32)(readFileSync(path, "utf8").trim());
  } catch {
    return fail("is in a file that cannot be read");
  }
}
