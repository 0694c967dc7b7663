import { type Hold, SharedRoom } from "../../../src/core/shared-room.ts";

/** Room for everything. */
export const freeRoom = (): Hold =>
  new SharedRoom({ all: Infinity, share: 0, open: Infinity, goodMs: Infinity }, Date.now).hold("a");
