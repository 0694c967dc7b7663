#!/usr/bin/env node
import { enableCompileCache } from "node:module";

enableCompileCache();

let refusedBecause: string | undefined;

const io = {
  out: (text: string) =>
    void process.stdout.write(text, (error?: NodeJS.ErrnoException | null) => {
      // The reader of a pipe may end first, as `head` does.
      if (error && error.code !== "EPIPE") refusedBecause ??= error.code;
    }),
  err: (text: string) => void process.stderr.write(text),
  ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
  ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
  ...(process.stderr.isTTY ? { progress: (text: string) => void process.stderr.write(text) } : {}),
};

const FILE_FAULTS: Readonly<Record<string, string>> = {
  EACCES: "this account may not write there",
  EEXIST: "it exists, and is of another kind",
  EISDIR: "it is a folder",
  ENOENT: "its folder does not exist",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is no folder",
  EPERM: "this account may not write there",
  EROFS: "the disk is read-only",
};

// An output that takes no more ends neither the gateway nor a command that writes to the database.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

// The end of a report is lost: a script must not take it for whole.
process.on("exit", (code) => {
  if (refusedBecause === undefined) return;
  io.err(`The output is not whole: ${FILE_FAULTS[refusedBecause] ?? refusedBecause}.\n`);
  process.exitCode = code || 2;
});

try {
  const { runDoorstep } = await import("./program.ts");
  process.exitCode = await runDoorstep(process.argv.slice(2), io, process.env);
} catch (error) {
  const { code, text } = await explain(error);
  io.err(`${text}\n`);
  // Not by `exitCode`: a connection opened before the failure would keep the process alive.
  process.exit(code);
}

/** Asks on stderr: stdout belongs to the command. The end of the input is an empty answer. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import("node:readline");
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve) => {
      line.once("close", () => resolve(""));
      line.question(question, resolve);
    });
  } finally {
    line.close();
  }
}

/** An operator's mistake as a sentence; any other error with its stack. */
async function explain(error: unknown): Promise<{ readonly code: number; readonly text: string }> {
  const { StartError } = await import("../runtimes/shared/start-error.ts");
  const { AdapterError } = await import("../ports/adapter-error.ts");
  if (error instanceof StartError) return { code: 2, text: error.message };
  if (error instanceof AdapterError) {
    return { code: 3, text: `${error.message}: ${String(error.cause)}` };
  }
  const onDisk = error instanceof Error ? fileFault(error) : null;
  if (onDisk !== null) return { code: 2, text: onDisk };
  return { code: 2, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** A file or folder of the command line that cannot be used; null for any other error. */
function fileFault(error: NodeJS.ErrnoException): string | null {
  const because = error.code === undefined ? undefined : FILE_FAULTS[error.code];
  return because === undefined || error.path === undefined
    ? null
    : `${error.path} cannot be used: ${because}.`;
}
