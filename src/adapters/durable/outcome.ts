import { fail, ok, type Result } from "../../core/result.ts";
import { AdapterError, type AdapterErrorKind } from "../../ports/adapter-error.ts";
import { platformFault } from "../workerd/platform-fault.ts";

/**
 * What went wrong in an object, as a value: an error that crosses RPC loses its class and what was
 * set on it, and whether a store is down decides between 503 and 500.
 */
export interface RemoteFailure {
  /** `misuse`: the caller asked for what no store may be asked, a TypeError. */
  readonly kind: AdapterErrorKind | "misuse";
  readonly adapter: string;
  readonly operation: string;
  /**
   * Name and code of what the vendor threw, or the word for what failed at the platform; never its
   * text, which may quote a value.
   */
  readonly cause: string;
}

export type Outcome<T> = Result<T, RemoteFailure>;

/** Runs `work` in the object. It throws nothing. */
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

/** A full storage or a spent quota is no fault of ours: who waits or pays has it work again. */
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

/** What an object threw, as far as it may be told. */
class RemoteError extends Error {
  constructor(name: string) {
    super("thrown in a Durable Object");
    this.name = name;
  }
}

/** The value, or the error as the port promises it. */
export function taken<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { adapter, cause, kind, operation } = outcome.failure;
  if (kind === "misuse") throw new TypeError(`${operation} was asked for what it must not be`);
  throw new AdapterError(adapter, operation, kind, { cause: new RemoteError(cause) });
}
