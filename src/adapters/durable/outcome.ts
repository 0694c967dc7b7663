import { fail, ok, type Result } from "../../core/result.ts";
import { AdapterError, type AdapterErrorKind } from "../../ports/adapter-error.ts";
import { platformFault } from "../workerd/platform-fault.ts";

/**
 * A failure in an object, as a value: an error that crosses RPC loses its class and its properties,
 * and whether a store is down decides between 503 and 500.
 */
export interface RemoteFailure {
  /** `misuse`: a TypeError, for a question that no store may be asked. */
  readonly kind: AdapterErrorKind | "misuse";
  readonly adapter: string;
  readonly operation: string;
  /**
   * Name and code of the vendor's error, or the word for the platform's failure; never its text,
   * which may quote a value.
   */
  readonly cause: string;
}

export type Outcome<T> = Result<T, RemoteFailure>;

/** Runs `work` in the object. Never throws. */
export async function outcomeOf<T>(
  operation: string,
  work: () => T | Promise<T>,
): Promise<Outcome<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return fail(failureOf(operation, error));
  }
}

function failureOf(operation: string, error: unknown): RemoteFailure {
  if (error instanceof AdapterError) {
    const { adapter, kind, operation: at } = error;
    return { kind, adapter, operation: at, cause: namedCause(error.cause) };
  }
  return { kind: kindOf(error), adapter: "durable", operation, cause: namedCause(error) };
}

/** A full storage or a spent quota is not our fault: time or payment ends it. */
function kindOf(error: unknown): RemoteFailure["kind"] {
  if (platformFault(error) !== null) return "unavailable";
  return error instanceof TypeError ? "misuse" : "failed";
}

function namedCause(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const fault = platformFault(error);
  if (fault !== null) return `${error.name} ${fault.word}`;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return `${error.name} ${code}`.trim();
}

/** An object's error, without its text. */
class RemoteError extends Error {
  constructor(name: string) {
    super("thrown in a Durable Object");
    this.name = name;
  }
}

/** The value, or the error that the port promises. */
export function taken<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { adapter, cause, kind, operation } = outcome.failure;
  if (kind === "misuse") throw new TypeError(`${operation} was asked for what it must not be`);
  throw new AdapterError(adapter, operation, kind, { cause: new RemoteError(cause) });
}
