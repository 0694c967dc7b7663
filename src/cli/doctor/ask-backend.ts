const WITHIN_MS = 5_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** An answer of the backend, or of whatever listens at its address. */
export interface BackendAnswer {
  readonly status: number;
  /** The `Date` header as epoch ms, and when it was asked for. */
  readonly clock: {
    readonly at: number | null;
    readonly sentAt: number;
    readonly receivedAt: number;
  };
  /** Null for a body that was not asked for, or is too long. */
  readonly body: string | null;
}

/** No answer; `code` is the system's word: `ECONNREFUSED`. */
export interface NoAnswer {
  readonly code: string;
}

export const isAnswer = (asked: BackendAnswer | NoAnswer): asked is BackendAnswer =>
  "status" in asked;

/** One GET, never redirected. Never throws. @param token sent as Bearer; null: none */
export async function askBackend(
  url: string,
  token: string | null,
  wantsBody = false,
): Promise<BackendAnswer | NoAnswer> {
  const sentAt = Date.now();
  try {
    const response = await fetch(url, {
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      redirect: "manual",
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const receivedAt = Date.now();
    const at = Date.parse(response.headers.get("date") ?? "");
    const body = wantsBody ? await textOf(response) : null;
    if (!wantsBody) await response.body?.cancel();
    const clock = { at: Number.isNaN(at) ? null : at, sentAt, receivedAt };
    return { status: response.status, clock, body };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** Bounded: the address may be somebody else's by mistake. */
async function textOf(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** The system's code alone: a text of the platform may quote the URL, which may hold a password. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError") return "TIMEOUT";
  const { cause } = error;
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" && /^[A-Z0-9_]{1,40}$/.test(code) ? code : "unknown";
}
