import { joined } from "../../core/bytes.ts";
import { StalledBodyError } from "../../core/pace.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Hold } from "../../core/shared-room.ts";
import { NO_ROOM } from "../../ports/upstream.ts";

type UnreadBody = {
  readonly reason: "payload-too-large" | "request-malformed" | "request-timeout";
};
type Read<Failure> = Promise<Result<Uint8Array<ArrayBuffer>, Failure>>;

/** The body of a client's request, as the platform has it. */
export interface ClientBody {
  /** The announced length; 0 where there is none. */
  readonly length: number;
  /**
   * Hands over chunk by chunk until the end, or until `take` wants no more. Rejects where the body
   * breaks off, with StalledBodyError where the client stalls and the runtime tells.
   */
  read(take: (chunk: Uint8Array) => boolean): Promise<void>;
}

export const bodyOf = (request: Request): ClientBody => ({
  get length() {
    return Number(request.headers.get("content-length") ?? 0);
  },
  async read(take) {
    for await (const chunk of request.body ?? []) if (!take(chunk)) return;
  },
});

/**
 * A body of at most `maxBytes`. Counts bytes as they arrive: a declared length may be missing or
 * wrong. A body that breaks off is malformed. A body whose client stalls took too long.
 */
export const readBounded = (body: ClientBody, maxBytes: number): Read<UnreadBody> =>
  collect<never>(body, maxBytes, () => null);

/** The same, its bytes held in a room while they are needed. */
export const readHeld = (
  body: ClientBody,
  maxBytes: number,
  room: Hold,
): Read<UnreadBody | typeof NO_ROOM> =>
  collect(body, maxBytes, (bytes) => (room.take(bytes) ? null : NO_ROOM));

/** @param refuse why no more bytes are taken, or null */
async function collect<Failure>(
  body: ClientBody,
  maxBytes: number,
  refuse: (bytes: number) => Failure | null,
): Read<UnreadBody | Failure> {
  if (body.length > maxBytes) return fail({ reason: "payload-too-large" });
  const kept: Uint8Array[] = [];
  let size = 0;
  let refused: UnreadBody | Failure | null = null;
  try {
    await body.read((chunk) => {
      size += chunk.byteLength;
      refused = size > maxBytes ? { reason: "payload-too-large" } : refuse(chunk.byteLength);
      if (refused === null) kept.push(chunk);
      return refused === null;
    });
  } catch (error) {
    const hasStalled = error instanceof StalledBodyError;
    return fail({ reason: hasStalled ? "request-timeout" : "request-malformed" });
  }
  return refused === null ? ok(wholeOf(kept)) : fail(refused);
}

/** Most bodies are one chunk. A chunk may be a part of a larger memory, which it would keep alive. */
function wholeOf(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined && ownsMemory(first) ? first : joined(chunks);
}

const ownsMemory = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength;
