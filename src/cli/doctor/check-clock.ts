import { type Checked, finding, good, unknown } from "./finding.ts";

const CHECK = "clock";
/** Below it tokens and codes end as they should on every node. */
const MOST_MS = 2_000;

/** The time of another machine, and when it was asked here. Epoch ms. */
export interface OtherClock {
  readonly name: string;
  readonly at: number;
  /** How coarse `at` is: a `Date` header counts whole seconds. */
  readonly coarseMs: number;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/**
 * The least difference that explains the other clock's time: it may have been read at any moment
 * between question and answer. Positive where the other clock is ahead.
 */
export function differenceMs({ at, coarseMs, receivedAt, sentAt }: OtherClock): number {
  const least = at - receivedAt;
  const most = at + coarseMs - sentAt;
  if (least > 0) return least;
  return most < 0 ? most : 0;
}

/** Compares this machine's clock with the others'. */
export function checkClock(clocks: readonly OtherClock[]): readonly Checked[] {
  if (clocks.length === 0) {
    return [unknown(CHECK, "there is no other clock to compare this machine's with")];
  }
  const wrong = clocks.filter((clock) => Math.abs(differenceMs(clock)) > MOST_MS);
  const names = clocks.map(({ name }) => name).join(", ");
  if (wrong.length === 0) return [good(CHECK, `within ${MOST_MS / 1000} s of ${names}`)];
  return wrong.map((clock) => {
    const seconds = Math.round(differenceMs(clock) / 100) / 10;
    return finding(CHECK, {
      what: `${clock.name} is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} this machine`,
      why: "Codes and tokens end too early or too late, and the backend may refuse the gateway's tokens.",
      mend: "Synchronise both clocks by NTP: timedatectl set-ntp true",
    });
  });
}
