/**
 * Writes lines, joined for one turn of the event loop: a write to a pipe is a system call that
 * every request waits for. The rest is written when the process exits.
 */
export function lineWriter(stream: Pick<NodeJS.WriteStream, "write">): (line: string) => void {
  let pending = "";
  const flush = () => {
    const text = pending;
    pending = "";
    if (text !== "") stream.write(text);
  };
  process.on("exit", flush);
  return (line) => {
    if (pending === "") setImmediate(flush);
    pending += `${line}\n`;
  };
}
