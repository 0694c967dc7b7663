import type { ComparisonResult, GroupResult } from "./results.ts";
import { spreadText } from "./text.ts";

/** The tables of docs/performance.md. */
export const markdown = (groups: readonly GroupResult[]): string =>
  groups.map(groupTable).join("\n");

function groupTable({ cases, comparisons, load, rounds, title }: GroupResult): string {
  const figures = Object.keys(cases[0]?.figures ?? {});
  const rows = cases.map(({ figures: measured, name }) =>
    row([name, ...figures.map((figure) => spreadText(measured[figure]))]),
  );
  const [before, after] = load.map((value) => value.toFixed(1));
  return [
    `**${title}**; ${rounds} rounds, the machine's load ${before} before and ${after} after.`,
    "",
    row(["", ...figures]),
    row(["", ...figures].map(() => "---")),
    ...rows,
    "",
    row(["Ratio", "Figure", "Got", "Aim"]),
    row(["---", "---", "---", "---"]),
    ...comparisons.map(comparisonRow),
    "",
  ].join("\n");
}

function comparisonRow({ against, aim, figure, isMet, ours, ratio }: ComparisonResult): string {
  const wanted = "atMost" in aim ? `at most ${aim.atMost}` : `at least ${aim.atLeast}`;
  const met = isMet ? "met" : "short";
  return row([`${ours} to ${against}`, figure, spreadText(ratio), `${wanted}: ${met}`]);
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
