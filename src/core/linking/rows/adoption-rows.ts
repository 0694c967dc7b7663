import { type PhoneRules, parseTypedPhone } from "../../phone/phone.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Adoption } from "../adopted-customer.ts";
import { type CsvLine, type LineFault, plainCell } from "./decision-rows.ts";

/** The columns of `doorstep adopt --csv`; `phone` may be there too. */
export const ADOPTION_COLUMNS = ["user_id", "address", "area"] as const;

export const MAX_ADDRESS = 500;

/** Judges all rows before the first write: a file with one fault changes nothing. */
export function readAdoptions(
  lines: readonly CsvLine[],
  rules: PhoneRules,
): Result<readonly Adoption[], readonly LineFault[]> {
  const faults: LineFault[] = [];
  const adoptions: Adoption[] = [];
  const seen = new Map<string, number>();
  for (const { cells, line } of lines) {
    const cell = (name: string) => plainCell((cells[name] ?? "").trim());
    const [userId, address, area] = [cell("user_id"), cell("address"), cell("area")];
    const typed = cell("phone");
    const phone = typed === "" ? null : parseTypedPhone(typed, rules);
    const empty = ADOPTION_COLUMNS.find((name) => cell(name) === "");
    const fault = (text: string) => faults.push({ line, fault: text });
    if (empty !== undefined) fault(`${empty} is empty`);
    else if (address.length > MAX_ADDRESS || area.length > MAX_ADDRESS) fault("a cell is too long");
    else if (typed !== "" && phone === null) fault("phone is no mobile number");
    for (const name of phone === null ? [userId] : [userId, phone]) {
      const earlier = seen.get(name);
      if (earlier !== undefined) fault(`line ${earlier} has the same user or phone`);
      seen.set(name, line);
    }
    adoptions.push({ userId, address, area, phone });
  }
  return faults.length > 0 ? fail(faults) : ok(adoptions);
}
