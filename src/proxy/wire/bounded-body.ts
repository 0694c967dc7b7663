import { gathered } from "../../core/bytes.ts";
import { StalledBodyError } from "../../core/pace.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Hold } from "../../core/shared-room.ts";
import { NO_ROOM } from "../../ports/upstream.ts";

type UnreadBody = {
  readonly reason: "payload-too-large" | "request-malformed" | "request-timeout";
};
type Read<Failure> = Promise<Result<Uint8Array<ArrayBuffer>, Failure>>;

/**
 * A body of at most `maxBytes`. Counts bytes as they arrive: a declared length may be missing or
 * wrong. A body that breaks off is malformed. A body whose client stalls took too long, where the
 * runtime tells.
 */
export function readBounded(request: Request, maxBytes: number): Read<UnreadBody> {
  return read(request, request.body ?? [], maxBytes);
}

/** The same, its bytes held in a room while they are needed. */
export async function readHeld(
  request: Request,
  maxBytes: number,
  room: Hold,
): Read<UnreadBody | typeof NO_ROOM> {
  let hasRoom = true;
  const noRoom = () => {
    hasRoom = false;
  };
  const bytes = await read(request, held(request.body ?? [], room, noRoom), maxBytes);
  return hasRoom ? bytes : fail(NO_ROOM);
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

async function read({ headers }: Request, chunks: Chunks, maxBytes: number): Read<UnreadBody> {
  if (Number(headers.get("content-length") ?? 0) > maxBytes) {
    return fail({ reason: "payload-too-large" });
  }
  try {
    const bytes = await gathered(chunks, maxBytes);
    return bytes === null ? fail({ reason: "payload-too-large" }) : ok(bytes);
  } catch (error) {
    const hasStalled = error instanceof StalledBodyError;
    return fail({ reason: hasStalled ? "request-timeout" : "request-malformed" });
  }
}

/** Ends early where there is no room. */
async function* held(chunks: Chunks, room: Hold, noRoom: () => void) {
  for await (const chunk of chunks) {
    if (!room.take(chunk.byteLength)) return noRoom();
    yield chunk;
  }
}
