import type { ComparisonResult, GroupResult, Spread } from "./results.ts";

const NAME_WIDTH = 46;
const FIGURE_WIDTH = 30;

/** A group's tables, for a terminal. */
export function groupText({
  cases,
  comparisons,
  load,
  rounds,
  skipped,
  title,
}: GroupResult): string {
  const figures = Object.keys(cases[0]?.figures ?? {});
  const heads = figures.map((figure) => figure.padStart(FIGURE_WIDTH)).join("");
  const rows = cases.map(({ figures: measured, name }) => {
    const cells = figures.map((figure) => spreadText(measured[figure]).padStart(FIGURE_WIDTH));
    return name.padEnd(NAME_WIDTH) + cells.join("");
  });
  const [before, after] = load.map((value) => value.toFixed(1));
  return [
    "",
    title,
    `Median of ${rounds} round${rounds === 1 ? "" : "s"} in turn (lowest - highest). The machine's load: ${before} before, ${after} after.`,
    "",
    "".padEnd(NAME_WIDTH) + heads,
    ...rows,
    "",
    ...comparisons.map(comparisonText),
    ...skipped.map((reason) => `skipped: ${reason}`),
  ].join("\n");
}

function comparisonText({ against, aim, figure, isMet, ours, ratio }: ComparisonResult): string {
  const other = typeof against === "number" ? `${against}` : `"${against}"`;
  const wanted = "atMost" in aim ? `at most ${aim.atMost}` : `at least ${aim.atLeast}`;
  const words = `"${ours}" to ${other}, ${figure}`;
  return `${isMet ? "  met" : "SHORT"}  ${spreadText(ratio)}  aim ${wanted}: ${words}`;
}

export function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return "-";
  const { high, low, median } = spread;
  return `${short(median)} (${short(low)} - ${short(high)})`;
}

export function short(value: number): string {
  if (value >= 1_000) return String(Math.round(value));
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
