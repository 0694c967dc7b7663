import { toHex } from "../../core/bytes.ts";

/** W3C Trace Context, level 1. */
export interface Trace {
  readonly traceparent: string;
  readonly tracestate: string | null;
}

const TRACE_BYTES = 16;
/** Random bytes for `traceOf`: a trace id and a parent id. */
export const TRACE_RANDOM_BYTES = 24;

/** Version, trace id, parent id, flags; a later version may have more after them. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Section 3.3.1.5: at least this length must be forwarded; we forward no more. */
const LONGEST_STATE = 512;

/**
 * The caller's trace with a parent id of our own, or a new trace. The caller's value proves
 * nothing: a trace id joins log lines and has no other effect.
 */
export function traceOf(
  traceparent: string | null,
  tracestate: string | null,
  random: Uint8Array,
): Trace {
  const parent = toHex(random, TRACE_BYTES, TRACE_RANDOM_BYTES);
  if (traceparent === null) return newTrace(random, parent);
  const [, version, trace, theirs, flags, more] = TRACEPARENT.exec(traceparent) ?? [];
  const isValid =
    ![trace, theirs].some((id) => id === undefined || /^0+$/.test(id)) &&
    version !== "ff" &&
    (version !== "00" || more === undefined);
  if (!isValid) return newTrace(random, parent);
  const sampled = Number.parseInt(flags ?? "0", 16) & 1;
  return {
    traceparent: `00-${trace}-${parent}-0${sampled}`,
    tracestate: tracestate !== null && isState(tracestate) ? tracestate : null,
  };
}

/** 01: sampled. Otherwise an upstream that samples as its caller did would never sample. */
const newTrace = (random: Uint8Array, parent: string): Trace => ({
  traceparent: `00-${toHex(random, 0, TRACE_BYTES)}-${parent}-01`,
  tracestate: null,
});

const isState = (state: string): boolean =>
  state.length <= LONGEST_STATE && /^[\x20-\x7e]+$/.test(state);
