import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, onTestFinished } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
/** The pinned Node, whatever runs the tests. */
export const NODE = join(ROOT, "node_modules/.bin/node");
/**
 * Environment in which programs of this repository start in half the time. The gateway has the same
 * cache by itself; given here, it serves the preloaded file and other programs as well.
 */
export const COMPILED = { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") };
const NETWORK_OFF = join(import.meta.dirname, "../house/network-off.ts");

export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
}

export interface GatewayProcess {
  readonly pid: number;
  readonly port: number;
  /** `http://127.0.0.1:port`, whatever PUBLIC_URL says. */
  readonly url: string;
  readonly folder: string;
  /** From the spawn to the line `started`. */
  readonly startMs: number;
  stdout(): string;
  stderr(): string;
  log(): readonly LogLine[];
  /** Sends a signal and waits for the end of the process. */
  end(signal: NodeJS.Signals): Promise<Ended>;
}

/** What runs when a test is over; a test that runs beside others hands in its own. */
export type AtTheEnd = (cleanup: () => Promise<void> | void) => void;

/** A new empty folder, gone when the test is over. */
export function temporaryFolder(atTheEnd: AtTheEnd = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-e2e-"));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * `doorstep serve` in a process of its own, on a free port, with no setting but those given, its
 * `.data` in `folder`. Ended, at the latest, when the test is over.
 */
export async function startGateway(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  atTheEnd: AtTheEnd = onTestFinished,
): Promise<GatewayProcess> {
  const spawnedAt = performance.now();
  const running = run(["serve"], folder, { PORT: "0", ...env });
  const { child, ended } = running;
  atTheEnd(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const started = await Promise.race([running.line("started"), ended]);
  if (!("event" in started)) throw new Error(`the gateway did not start:\n${running.stderr()}`);
  const port = started["port"] as number;
  return {
    pid: child.pid ?? 0,
    port,
    url: `http://127.0.0.1:${port}`,
    folder,
    startMs: Math.round(performance.now() - spawnedAt),
    stdout: running.stdout,
    stderr: running.stderr,
    log: () => parseLines(running.stdout()),
    async end(signal) {
      const sentAt = performance.now();
      child.kill(signal);
      return { ...(await ended), ms: Math.round(performance.now() - sentAt) };
    },
  };
}

/** One gateway for all tests of a `describe`, which must not mind each other. */
export function sharedGateway(env: Readonly<Record<string, string>> = {}): () => GatewayProcess {
  const cleanups: (() => Promise<void> | void)[] = [];
  const atTheEnd: AtTheEnd = (cleanup) => void cleanups.unshift(cleanup);
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await startGateway(temporaryFolder(atTheEnd), env, atTheEnd);
  });
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });
  return () => gateway;
}

/** A `doorstep` command to its end. */
export async function runDoorstep(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
) {
  const running = run(args, folder, env);
  const { code } = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

function run(args: readonly string[], folder: string, env: Readonly<Record<string, string>>) {
  const child = spawn(NODE, [join(ROOT, "src/cli/doorstep.ts"), ...args], {
    cwd: folder,
    env: { NODE_OPTIONS: `--import=${NETWORK_OFF}`, ...COMPILED, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err]: [string[], string[]] = [[], []];
  const waiting = new Map<string, (line: LogLine) => void>();
  createInterface({ input: child.stdout }).on("line", (text) => {
    out.push(text);
    if (waiting.size === 0) return;
    const line = parseLines(text)[0];
    if (line) waiting.get(line.event)?.(line);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }) as Ended);
  return {
    child,
    ended,
    stdout: () => out.join("\n"),
    stderr: () => err.join(""),
    line: (event: string) =>
      new Promise<LogLine>((resolve) => {
        waiting.set(event, (line) => {
          waiting.delete(event);
          resolve(line);
        });
      }),
  };
}

/** Throws where a line is not JSON. */
function parseLines(text: string): readonly LogLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LogLine);
}
