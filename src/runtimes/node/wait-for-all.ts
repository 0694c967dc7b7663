/**
 * Waits until nothing is pending, new work included, for at most `ms`.
 *
 * The timer holds the process: without it Node would end while only a promise is left.
 */
export async function waitForAll(
  pending: () => readonly Promise<unknown>[],
  ms: number,
): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(resolve, ms, "late");
  for (let left = pending(); left.length > 0; left = pending()) {
    if ((await Promise.race([Promise.allSettled(left), late])) === "late") break;
  }
  clearTimeout(timer);
}
