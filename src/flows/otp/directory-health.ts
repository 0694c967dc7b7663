import { AdapterError } from "../../ports/adapter-error.ts";
import type { Gateway } from "../gateway.ts";
import type { ProcessState } from "../state/process-state.ts";

/** A directory that failed is asked again so soon, by whichever request comes next. */
const ASK_AGAIN_MS = 1_000;

/** What the last use of the directory, or the last check of it, says. */
export function noteDirectory(process: ProcessState, isUp: boolean, now: number): void {
  process.directory = { isUp, at: now };
}

type Watched = Pick<Gateway, "directory" | "process" | "runtime">;

/** Asks the directory whether it serves, and remembers the answer. Throws as `Directory.check`. */
export async function askDirectory({ directory, process, runtime }: Watched): Promise<void> {
  try {
    await directory.check();
    noteDirectory(process, true, runtime.now());
  } catch (error) {
    noteDirectory(process, false, runtime.now());
    throw error;
  }
}

/** The same for who does not wait. A runtime that has timers does so every few seconds. */
export const checkDirectory = (gateway: Watched): Promise<void> =>
  askDirectory(gateway).catch(() => undefined);

/**
 * Refuses a request for a code while the directory is down: whose the phone is could not be looked up
 * after the answer. It goes by what is remembered, alike for every phone, and waits for nothing.
 * Throws AdapterError `unavailable`.
 */
export function requireDirectory(
  gateway: Pick<Gateway, "directory" | "process" | "runtime">,
): void {
  const { process, runtime } = gateway;
  const { at, isUp } = process.directory;
  if (isUp) return;
  if (at + ASK_AGAIN_MS <= runtime.now()) {
    noteDirectory(process, false, runtime.now());
    runtime.defer("check-directory", () => checkDirectory(gateway));
  }
  throw new AdapterError("directory", "look-up", "unavailable", { cause: undefined });
}
