import { asciiDigits } from "../phone/phone.ts";
import { fail, ok, type Result } from "../result.ts";

const MAX_LENGTH = 200;

/**
 * An operator's reason, for the audit log and the list of runs. A log holds no phone and no e-mail,
 * so a text with one is refused. Fails with the end of a sentence.
 */
export function readReason(text: string): Result<string, string> {
  const reason = text.trim();
  if (reason === "" || reason.length > MAX_LENGTH) return fail("must be 1 to 200 characters long");
  if (/\p{Cc}/u.test(reason)) return fail("must be one line");
  const together = asciiDigits(reason).replace(/(?<=\d)[\s().-]+(?=\d)/g, "");
  if (/\d{8,}/.test(together) || reason.includes("@")) {
    return fail("must hold no phone and no e-mail: it is written to the log");
  }
  return ok(reason);
}
