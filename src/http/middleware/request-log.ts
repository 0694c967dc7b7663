import { referenceOf } from "../../core/reference.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Log, LogFields, LogLevel } from "../../ports/log.ts";
import type { AnyFailure } from "../problems/problems.ts";
import { tellingOf } from "../problems/telling.ts";

export interface FinishedRequest {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern: a path may hold an id or a token. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly failure: AnyFailure | null;
  readonly thrown: unknown;
}

/** The one line that an operator finds at 3 a.m.: the request, its result, and the cause. */
export function logRequest(log: Log, request: FinishedRequest): void {
  const { durationMs, failure, method, requestId, route, status, thrown } = request;
  const usual = { request_id: requestId, method, route, status, duration_ms: durationMs };
  // Most requests: the line is built once, without empty parts.
  if (failure === null && thrown === undefined && !route.startsWith("/login")) {
    log.write(levelOf(status), "request", usual);
    return;
  }
  log.write(levelOf(status), "request", {
    ...usual,
    ...(failure === null ? {} : { code: failure.reason, ...causeOf(failure) }),
    // The login page shows it below an error, and the customer reads it out on the telephone. Some
    // errors are no failure of the request, such as a code with five digits.
    ...(route.startsWith("/login") ? { reference: referenceOf(requestId) } : {}),
    ...(thrown === undefined ? {} : describeThrown(thrown)),
  });
}

function levelOf(status: number): LogLevel {
  return status >= 500 ? "error" : "info";
}

/** The real reason, where the wire carries a safer one. */
function causeOf(failure: AnyFailure): LogFields {
  const { cause } = tellingOf(failure);
  return cause === null ? {} : { cause };
}

/**
 * A thrown value, by type and place. An error's own text may quote its input, so only the texts of
 * our adapters are repeated.
 */
export function describeThrown(thrown: unknown): LogFields {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const inner =
    thrown instanceof AdapterError && thrown.cause instanceof Error ? thrown.cause : null;
  const error = thrown instanceof AdapterError ? thrown.message : thrown.name;
  const place = placeOf(inner ?? thrown);
  return {
    error,
    ...(inner ? { cause: codeOf(inner) } : {}),
    ...(place ? { at: shortened(place) } : {}),
  };
}

/** The topmost frame. The stack begins with the error's own text, which may look like a frame. */
function placeOf({ message, stack = "" }: Error): string | undefined {
  return /\n\s+(at .*)/.exec(stack.replace(message, ""))?.[1];
}

function codeOf(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return `${error.name} ${code}`.trim();
}

/** Without the leading folders, which describe the machine and not the fault. */
const shortened = (place: string): string =>
  place.replace(/\(?(?:file:\/\/)?\/\S*\/(src|node_modules)\//, "$1/").replace(/\)$/, "");
