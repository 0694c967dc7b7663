import { fail, type Result } from "../../core/result.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { UpstreamFailure } from "../../ports/upstream.ts";

const TIMEOUTS: ReadonlySet<unknown> = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);
/** A request that cannot be written: neither the client's nor the upstream's fault. */
const OURS: ReadonlySet<unknown> = new Set(["UND_ERR_INVALID_ARG", "UND_ERR_NOT_SUPPORTED"]);

/** Codes of Node and undici for a lost connection. */
const CUT: ReadonlySet<unknown> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

export const isCut = (error: Error): boolean => CUT.has(codeOf(error));

/**
 * The failure of an exchange without an answer.
 * @param wasWritten whether the request had a connection to go out on
 */
export function upstreamFailure(error: Error, wasWritten: boolean): Result<never, UpstreamFailure> {
  const code = codeOf(error);
  if (OURS.has(code)) throw new AdapterError("undici", "exchange", "failed", { cause: error });
  if (TIMEOUTS.has(code)) return fail({ reason: "upstream-timeout" });
  return unreachable(wasWritten ? "broken-answer" : "no-connection");
}

export function unreachable(
  cause: "no-connection" | "broken-answer" | "unjudgeable-answer",
): Result<never, UpstreamFailure> {
  return fail({ reason: "upstream-unreachable", cause });
}

const codeOf = (error: Error): unknown => ("code" in error ? error.code : undefined);
