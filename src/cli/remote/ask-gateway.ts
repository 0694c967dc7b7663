import { httpOrigin } from "../../config/parsers/address-parsers.ts";
import { isLoopback } from "../../core/address/loopback.ts";
import { parsedJson } from "../../core/json.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { AdminOperation } from "../../http/routes/admin/admin-operations.ts";

/** A running gateway, and the token for its /auth/admin. */
export interface RemoteGateway {
  /** Without a trailing slash. */
  readonly origin: string;
  readonly token: string;
}

/** The reason for no answer: a problem's code, or a failure on the way. */
export type AskFailure =
  | {
      readonly kind: "refused";
      readonly code: string;
      /** From `Retry-After`; null where there is none. */
      readonly retryAfterMs: number | null;
    }
  | {
      readonly kind: "unreachable";
      readonly because: string;
      /** False: no gateway took the connection, so nothing was done. */
      readonly isSent: boolean;
    };

const WITHIN_MS = 10_000;

/** The end of a sentence that begins with the gateway. */
export const NOT_UNDERSTOOD = "sent an answer that this version does not understand";

/**
 * A URL to which the token may be sent: by https, or in the clear to this machine only. Fails with
 * the end of a sentence.
 */
export function readGatewayUrl(text: string): Result<string, string> {
  const origin = httpOrigin(text);
  if (!origin.ok) return origin;
  const { hostname, protocol } = new URL(origin.value);
  return protocol === "https:" || isLoopback(hostname)
    ? origin
    : fail("must be https: anyone on the network path could read ADMIN_TOKEN");
}

/** Asks a running gateway. No error text contains the token. */
export async function askGateway(
  operation: AdminOperation,
  asked: unknown,
  { origin, token }: RemoteGateway,
): Promise<Result<unknown, AskFailure>> {
  const unreachable = (because: string, isSent = true) =>
    fail({ kind: "unreachable", because, isSent } as const);
  try {
    const response = await fetch(`${origin}/auth/admin/${operation.name}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(asked),
      // The token is for this gateway only, and not for the target of a redirect.
      redirect: "manual",
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const body = parsedJson(await response.text());
    if (response.status !== 200) {
      const code = codeOf(body);
      return code === null
        ? unreachable(`answers ${response.status}, but the answer is not a gateway's`)
        : fail({ kind: "refused", code, retryAfterMs: retryAfterMs(response) });
    }
    const answer = operation.answer.safeParse(body);
    return answer.success ? ok(answer.data) : unreachable(NOT_UNDERSTOOD);
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    return late
      ? unreachable("did not answer within ten seconds")
      : unreachable("cannot be reached", !isRefused(error));
  }
}

/** No process listened, as while a gateway restarts. */
const isRefused = (error: unknown): boolean =>
  error instanceof Error &&
  (error.cause as { readonly code?: unknown } | undefined)?.code === "ECONNREFUSED";

/** The code of an RFC 9457 problem of ours; no other text of the answer is repeated. */
function codeOf(body: unknown): string | null {
  const code = (body as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" && /^[a-z-]{1,40}$/.test(code) ? code : null;
}

function retryAfterMs({ headers }: Response): number | null {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,5}$/.test(text) ? Number(text) * 1000 : null;
}
