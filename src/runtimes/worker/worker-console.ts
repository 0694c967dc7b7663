/** Takes one log line. A Worker's console is its log: `wrangler tail`, Workers Logs, Logpush. */
export function printLine(line: string): void {
  // biome-ignore lint/suspicious/noConsole: the console is what a Worker has for its standard output
  console.log(line);
}
