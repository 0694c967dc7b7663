import { AdapterError } from "../../ports/adapter-error.ts";
import type { Gateway } from "../gateway.ts";
import type { ProcessState } from "../state/process-state.ts";

/** A failed directory is asked again after this time, by the next request. */
const ASK_AGAIN_MS = 1_000;

/** Stores the result of the last use or check of the directory. */
export function noteDirectory(process: ProcessState, isUp: boolean, now: number): void {
  process.directory = { isUp, at: now };
}

type Watched = Pick<Gateway, "directory" | "process" | "runtime">;

/** Asks the directory whether it serves, and stores the answer. Throws as `Directory.check`. */
export async function askDirectory({ directory, process, runtime }: Watched): Promise<void> {
  try {
    await directory.check();
    noteDirectory(process, true, runtime.now());
  } catch (error) {
    noteDirectory(process, false, runtime.now());
    throw error;
  }
}

/** The same without waiting. A runtime with timers calls this every few seconds. */
export const checkDirectory = (gateway: Watched): Promise<void> =>
  askDirectory(gateway).catch(() => undefined);

/**
 * Refuses a code request while the directory is down: the look-up after the answer would fail. The
 * decision uses the stored result, is the same for every phone, and waits for nothing. Throws
 * AdapterError `unavailable`.
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
