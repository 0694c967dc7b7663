import { countOf } from "../output/count.ts";
import { screenOf } from "../output/printable.ts";
import type { Checked, CheckState } from "./finding.ts";

const MARKS: Readonly<Record<CheckState, string>> = {
  ok: "ok",
  finding: "!!",
  unreachable: "!!",
  unknown: "? ",
};
const CHECK_WIDTH = 10;

/** The screen of `doorstep doctor`: a line for each part, and below a finding its reason and cure. */
export function doctorScreen(lines: readonly Checked[]): string {
  const rows = lines.flatMap(({ check, mend, state, what, why }) => [
    `${MARKS[state]} ${check.padEnd(CHECK_WIDTH)}${what}`,
    ...(why === null ? [] : [indented("why", why)]),
    ...(mend === null ? [] : [indented("do", mend)]),
  ]);
  return screenOf([...rows, "", summaryOf(lines)]);
}

const indented = (label: string, text: string): string =>
  `${" ".repeat(3 + CHECK_WIDTH)}${label.padEnd(4)}${text}`;

function summaryOf(lines: readonly Checked[]): string {
  const count = (...states: readonly CheckState[]) =>
    lines.filter(({ state }) => states.includes(state)).length;
  const findings = count("finding", "unreachable");
  const open = count("unknown");
  const found = findings === 0 ? "Nothing to mend" : `${countOf(findings, "finding")} to mend`;
  return open === 0 ? `${found}.` : `${found}; ${open} could not be checked (?).`;
}
