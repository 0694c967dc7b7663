import { httpOrigin } from "../../config/address-parsers.ts";
import { isLoopback } from "../../core/loopback.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { AdminOperation } from "../../http/routes/admin-operations.ts";

/** A running gateway, and what opens its /auth/admin. */
export interface RemoteGateway {
  /** Without a trailing slash. */
  readonly origin: string;
  readonly token: string;
}

/** What came back: an answer of the gateway's, or the code of a problem, or neither. */
export type RemoteFailure =
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "unreachable"; readonly because: string };

const WITHIN_MS = 10_000;

/**
 * Where the token may be sent: by https, and in the clear to this machine alone. Fails with the
 * end of a sentence.
 */
export function readGatewayUrl(text: string): Result<string, string> {
  const origin = httpOrigin(text);
  if (!origin.ok) return origin;
  const { hostname, protocol } = new URL(origin.value);
  return protocol === "https:" || isLoopback(hostname)
    ? origin
    : fail("must be https: anyone on the network path could read ADMIN_TOKEN");
}

/** Has a running gateway answer what is asked. Says nothing of the token, whatever happens. */
export async function askGateway(
  operation: AdminOperation,
  asked: unknown,
  { origin, token }: RemoteGateway,
): Promise<Result<unknown, RemoteFailure>> {
  const unreachable = (because: string) => fail({ kind: "unreachable", because } as const);
  try {
    const response = await fetch(`${origin}/auth/admin/${operation.name}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(asked),
      // Another place is not the one that the token is for.
      redirect: "manual",
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const body = jsonOf(await response.text());
    if (response.status !== 200) {
      const code = codeOf(body);
      return code === null
        ? unreachable(`answers ${response.status}, but the answer is not a gateway's`)
        : fail({ kind: "refused", code });
    }
    const answer = operation.answer.safeParse(body);
    return answer.success
      ? ok(answer.data)
      : unreachable("sent an answer that this version does not understand");
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    return unreachable(late ? "did not answer within ten seconds" : "cannot be reached");
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The code of an RFC 9457 problem of ours; what else a stranger may send is not repeated. */
function codeOf(body: unknown): string | null {
  const code = (body as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" && /^[a-z-]{1,40}$/.test(code) ? code : null;
}
