import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The pinned Node, whatever runs the benchmark. */
const NODE = join(import.meta.dirname, "../node_modules/.bin/node");

const running = new Set<ChildProcess>();

/** Ends every process that was started here. */
export function stopAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

export interface Started {
  readonly child: ChildProcess;
  /** The first line of its output that `pick` makes something of. */
  line<T>(pick: (line: string) => T | null): Promise<T>;
}

export function start(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Started {
  const child = spawn(command, args, {
    ...options,
    env: { PATH: process.env["PATH"], ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    line: (pick) =>
      new Promise((resolve, reject) => {
        lines.on("line", (text) => {
          const picked = pick(text);
          if (picked !== null) resolve(picked);
        });
        child.once("error", reject);
        child.once("exit", (code) =>
          reject(new Error(`${command} ended (${code})\n${errors.join("")}`)),
        );
      }),
  };
}

/** A script of this folder that prints the port it listens on; its arguments are texts. */
export async function startServer(script: string, ...args: readonly string[]): Promise<string> {
  const { line } = start(NODE, [join(import.meta.dirname, script), ...args]);
  return line((text) => (/^\d+$/.test(text) ? `http://127.0.0.1:${text}` : null));
}

/** A script of this folder to its end. @returns what it printed, as JSON */
export async function runScript<T>(script: string, ...args: readonly string[]): Promise<T> {
  const { child, line } = start(NODE, [join(import.meta.dirname, script), ...args]);
  const printed = await line((text) => JSON.parse(text) as T);
  if (child.exitCode === null) await once(child, "exit");
  return printed;
}

export { NODE };
