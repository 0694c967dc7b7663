import { setFlagsFromString } from "node:v8";

/**
 * Keeps the memory of a command that walks through all records flat: V8 would rather let garbage
 * grow to several hundred megabytes than collect it.
 */
export const keepHeapSmall = (): void => setFlagsFromString("--optimize-for-size");
