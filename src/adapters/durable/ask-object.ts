import { AdapterError } from "../../ports/adapter-error.ts";
import { withinTime } from "../../ports/deadline.ts";
import { platformFault } from "../workerd/platform-fault.ts";
import { type Outcome, taken } from "./outcome.ts";

/** The ports promise an answer within 3 s. */
const DEADLINE_MS = 2_800;

export interface AskOptions {
  /** Whether the request may reach the object twice: true for reads and for guarded writes. */
  readonly repeatable: boolean;
  readonly deadlineMs?: number;
}

/**
 * Asks a Durable Object within the deadline; any failure on the way is `unavailable`.
 *
 * @param send asks once; it gets the object anew each time, because a stub that failed stays broken
 */
export async function askObject<T>(
  operation: string,
  { deadlineMs = DEADLINE_MS, repeatable }: AskOptions,
  send: () => Promise<Outcome<T>>,
): Promise<T> {
  const asked = repeatable ? twice(send) : send();
  const outcome = await withinTime(asked, deadlineMs).catch((error: unknown) => {
    throw new AdapterError("durable", operation, "unavailable", { cause: error });
  });
  return taken(outcome);
}

/** An object moves, and is replaced at each deployment: such a failure is temporary. */
async function twice<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (platformFault(error)?.isPassing !== true) throw error;
    return send();
  }
}
