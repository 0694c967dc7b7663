import type { Runtime } from "../../ports/runtime.ts";

/** Balancers probe every few seconds, from several sides; a store that is down is soon asked again. */
const READY_GOOD_MS = 3_000;
const NOT_READY_GOOD_MS = 1_000;
/** The ports answer within 3 s. On Workers a check may be gone with its request, and ends by time. */
const CHECK_MS = 4_000;
/** How often a request looks that waits for the very first check. */
const LOOK_MS = 50;

/** Whether dependencies passed their last check, by name. */
export interface Readiness {
  /**
   * The last result while it is good. Then one caller checks; until that check ends, other callers
   * get the last result. Only the first check of all is waited for by others as well.
   */
  of(
    name: string,
    check: () => Promise<boolean>,
    runtime: Pick<Runtime, "now" | "sleep">,
  ): Promise<boolean>;
}

interface Checked {
  isUp: boolean | null;
  /** When the last check began. Epoch ms; a clock that was set back ends everything known. */
  begunAt: number;
  /** Epoch ms. */
  goodUntil: number;
  /** Until then the check that was begun last is under way. Epoch ms; 0: it has ended. */
  busyUntil: number;
}

export function createReadiness(): Readiness {
  const checked = new Map<string, Checked>();
  return {
    async of(name, check, { now, sleep }) {
      const known = checked.get(name) ?? { isUp: null, begunAt: 0, goodUntil: 0, busyUntil: 0 };
      checked.set(name, known);
      const isBefore = (end: number) => known.begunAt <= now() && now() < end;
      // Not by a shared promise: on Workers that would end with the request that began it.
      while (known.isUp === null && isBefore(known.busyUntil)) await sleep(LOOK_MS);
      const isGood = isBefore(known.goodUntil) || isBefore(known.busyUntil);
      if (known.isUp !== null && isGood) return known.isUp;
      const begunAt = now();
      const busyUntil = begunAt + CHECK_MS;
      Object.assign(known, { begunAt, busyUntil });
      const isUp = await check();
      known.isUp = isUp;
      known.goodUntil = begunAt + (isUp ? READY_GOOD_MS : NOT_READY_GOOD_MS);
      // A check that took longer than it may is not the last one.
      if (known.busyUntil === busyUntil) known.busyUntil = 0;
      return isUp;
    },
  };
}
