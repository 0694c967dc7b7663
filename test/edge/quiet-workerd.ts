/** What workerd says where a test of `test/edge/stores` crashes an object, cuts it off or asks too much. */
const ON_PURPOSE = [
  /objects-worker\.ts:/,
  /The RPC receiver does not implement "(ask|read)"/,
  /(jsg\.Error|= Error): (gone|internal error; reference|Network connection lost)/,
  /read end of pipe was aborted/,
  /Name or service not known|Connection refused/,
];

/** Leaves these lines out of the run's output, so that a reader finds what nobody expected. */
export function quietWorkerd(): void {
  const write = process.stderr.write;
  process.stderr.write = ((text: unknown, ...more: []) => {
    const expected = typeof text === "string" && ON_PURPOSE.some((one) => one.test(text));
    return expected || Reflect.apply(write, process.stderr, [text, ...more]);
  }) as typeof write;
}
