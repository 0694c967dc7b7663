import { SharedRoom } from "../../core/shared-room.ts";

/** From half of the room on, a source may hold one in so many bytes. */
const PART = 8;
/** A request takes its backend's time and its client's; then its hold is over. */
const REST_MS = 60_000;

/**
 * The memory in which one process judges bodies and answers. Each may have megabytes, and one script
 * that asks for many at once would end the process for everybody.
 *
 * @param bytes in all
 * @param now epoch ms
 */
export const judgedRoom = (bytes: number, timeoutMs: number, now: () => number): SharedRoom =>
  new SharedRoom(
    { all: bytes, share: bytes / PART, open: bytes / 2, goodMs: timeoutMs + REST_MS },
    now,
  );
