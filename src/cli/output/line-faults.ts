import type { LineFault } from "../../core/linking/rows/decision-rows.ts";
import { countOf } from "./count.ts";
import { screenOf } from "./printable.ts";

const SHOWN = 20;

/** The faults of a file, for the terminal. */
export function faultText(file: string, faults: readonly LineFault[]): string {
  const more = faults.length - SHOWN;
  return screenOf([
    `${file} has ${countOf(faults.length, "fault")}. Nothing was written.`,
    ...faults.slice(0, SHOWN).map(({ fault, line }) => `  line ${line}: ${fault}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]);
}
