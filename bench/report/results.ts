import { loadNow } from "../cpu.ts";
import type { Case, Comparison, Figures, Group } from "../measure.ts";

/** A figure over the rounds. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** One value a round, in their order. */
  readonly values: readonly number[];
}

export interface CaseResult {
  readonly name: string;
  readonly figures: Readonly<Record<string, Spread>>;
}

export interface ComparisonResult {
  readonly figure: string;
  readonly ours: string;
  readonly against: string | number;
  readonly ratio: Spread;
  readonly aim: Comparison["aim"];
  readonly isMet: boolean;
}

export interface GroupResult {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  /** Of the machine over a minute, before and after. */
  readonly load: readonly [number, number];
  readonly cases: readonly CaseResult[];
  readonly comparisons: readonly ComparisonResult[];
  readonly skipped: readonly string[];
}

/** Proves each case, then measures all in turn, round by round: a slow minute meets every case. */
export async function measure(
  group: Group,
  folder: string,
  rounds = group.rounds,
): Promise<GroupResult> {
  const before = loadNow();
  const { cases, skipped, stop } = await group.open(folder, group.size);
  for (const each of cases) await each.prove();
  const seen = new Map<Case, Figures[]>(cases.map((each) => [each, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [each, figures] of seen) figures.push(await each.round());
  }
  await stop?.();
  const values = new Map([...seen].map(([{ name }, figures]) => [name, figures]));
  const { comparisons, name, title } = group;
  return {
    name,
    title,
    rounds,
    load: [before, loadNow()],
    cases: [...values].map(([caseName, figures]) => resultOf(caseName, figures)),
    comparisons: comparisons.flatMap((each) => compared(each, values)),
    skipped,
  };
}

function resultOf(name: string, rounds: readonly Figures[]): CaseResult {
  const names = Object.keys(rounds[0] ?? {});
  const spread = (figure: string) => spreadOf(rounds.map((round) => round[figure] ?? 0));
  return { name, figures: Object.fromEntries(names.map((figure) => [figure, spread(figure)])) };
}

/** The ratio of each round: its two cases met the same minute of the machine. */
function compared(
  { against, aim, figure, ours }: Comparison,
  values: ReadonlyMap<string, readonly Figures[]>,
): readonly ComparisonResult[] {
  const mine = values.get(ours);
  const theirs = typeof against === "number" ? null : values.get(against);
  if (mine === undefined || theirs === undefined) return [];
  const ratio = spreadOf(
    mine.map((round, n) => {
      const other = theirs === null ? Number(against) : (theirs[n]?.[figure] ?? 0);
      return (round[figure] ?? 0) / other;
    }),
  );
  const isMet = "atMost" in aim ? ratio.median <= aim.atMost : ratio.median >= aim.atLeast;
  return [{ figure, ours, against, ratio, aim, isMet }];
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  return { median, low: sorted[0] ?? 0, high: sorted.at(-1) ?? 0, values };
}
