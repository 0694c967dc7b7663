import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The pinned Node, also where npm runs on another. */
export const NODE = join(import.meta.dirname, "../node_modules/.bin/node");

const running = new Set<ChildProcess>();
const NEWLINE = 10;

/** Ends every process that was started here. */
export function stopAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

export interface Started {
  readonly child: ChildProcess;
  /** The first line of its output that `pick` makes something of. Throws where it ends before. */
  line<T>(pick: (line: string) => T | null): Promise<T>;
  /** How many lines it has printed since `line` found one: its log, counted and not read. */
  lines(): number;
  stop(): Promise<void>;
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
  const ended = once(child, "exit").then(() => void running.delete(child));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  let lines = 0;
  let take: ((line: string) => void) | null = null;
  let rest = "";
  child.stdout.on("data", (bytes: Buffer) => {
    if (take === null) {
      lines += newlinesIn(bytes);
      return;
    }
    const texts = (rest + bytes.toString()).split("\n");
    rest = texts.pop() ?? "";
    for (const text of texts) take?.(text);
  });
  return {
    child,
    lines: () => lines,
    line: (pick) =>
      new Promise((resolve, reject) => {
        take = (text) => {
          const picked = pick(text);
          if (picked === null) return;
          take = null;
          resolve(picked);
        };
        child.once("error", reject);
        child.once("exit", (code) =>
          reject(new Error(`${command} ${args.join(" ")} ended (${code})\n${errors}`)),
        );
      }),
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** A script of this folder that listens. */
export interface StartedServer {
  readonly url: string;
  readonly pid: number;
}

/** A script of this folder that prints the port it listens on; its arguments are texts. */
export async function openServer(
  script: string,
  ...args: readonly string[]
): Promise<StartedServer> {
  const { child, line } = start(NODE, [join(import.meta.dirname, script), ...args]);
  const url = await line((text) => (/^\d+$/.test(text) ? `http://127.0.0.1:${text}` : null));
  return { url, pid: child.pid ?? 0 };
}

export const startServer = async (script: string, ...args: readonly string[]): Promise<string> =>
  (await openServer(script, ...args)).url;

/** A script of this folder to its end. @returns what it printed, as JSON */
export async function runScript<T>(script: string, ...args: readonly string[]): Promise<T> {
  const { child, line } = start(NODE, [join(import.meta.dirname, script), ...args]);
  const printed = await line((text) => JSON.parse(text) as T);
  if (child.exitCode === null) await once(child, "exit");
  return printed;
}
