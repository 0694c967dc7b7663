import { DoorstepError, type GatewayProblem, type ToldMembers } from "./doorstep-error.ts";

/** The members of a request; those that are undefined are left out. */
export type Asked = Readonly<Record<string, string | undefined>>;

/**
 * Sends a POST to one of the gateway's own routes. Secrets travel in the body alone: an address gets
 * into logs and histories. No redirect is followed, because a 307 would repeat the body elsewhere.
 *
 * @param kind a form spares a page of another origin the preflight request; only the OAuth endpoints
 *   take one
 * @throws DoorstepError
 */
export async function postToGateway<Answer>(
  address: string,
  asked: Asked,
  kind: "json" | "form" = "json",
  seconds = 20,
): Promise<Answer> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  const text = JSON.stringify(asked);
  try {
    const answer = await fetch(address, {
      method: "POST",
      body: kind === "form" ? new URLSearchParams(JSON.parse(text)) : text,
      headers: kind === "form" ? {} : { "Content-Type": "application/json" },
      credentials: "omit",
      redirect: "error",
      signal: stop.signal,
    });
    const body = await answer.json();
    if (answer.ok) return body;
    throw errorOf(answer, body);
  } catch (error) {
    // A page of a proxy in between is no answer of the gateway's: nothing is known, nothing is lost.
    throw error instanceof DoorstepError ? error : new DoorstepError("offline");
  } finally {
    clearTimeout(timer);
  }
}

interface ProblemBody extends ToldMembers {
  readonly code?: GatewayProblem;
  readonly detail?: string;
  readonly error_description?: string;
}

function errorOf({ headers, status }: Response, body: ProblemBody): DoorstepError {
  const text = body.detail || body.error_description;
  const retryAfter = Number(headers.get("Retry-After")) || undefined;
  return new DoorstepError(body.code || "offline", text, { ...body, status, retryAfter });
}
