/** No item waits for more than so many others. */
const MOST_WAITING = 64;

/**
 * Runs something for each item at the end of the event loop's turn, for all items of the turn one
 * after another.
 *
 * Each write to a socket wakes a reader that sleeps, which costs the writer as much as the whole
 * decision. A proxy in front reads many connections: between two answers it would fall asleep again.
 *
 * @param run must not throw
 */
export function atEndOfTurn<T>(run: (item: T) => void): (item: T) => void {
  let waiting: T[] = [];
  const runAll = () => {
    const all = waiting;
    waiting = [];
    for (const item of all) run(item);
  };
  return (item) => {
    const count = waiting.push(item);
    if (count === 1) setImmediate(runAll);
    else if (count === MOST_WAITING) runAll();
  };
}
