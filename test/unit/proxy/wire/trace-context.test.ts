import { describe, expect, it } from "vitest";
import { TRACE_RANDOM_BYTES, traceOf } from "../../../../src/proxy/wire/trace-context.ts";

const RANDOM = Uint8Array.from({ length: TRACE_RANDOM_BYTES }, (_, i) => i + 1);
const NEW_TRACE = "0102030405060708090a0b0c0d0e0f10";
const NEW_PARENT = "1112131415161718";
const THEIRS = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

describe("the trace of a request", () => {
  it("the trace of a request goes on with the caller's under a parent id of our own", () => {
    expect(traceOf(`00-${THEIRS}-${PARENT}-01`, "a=1,b=2", RANDOM)).toEqual({
      traceparent: `00-${THEIRS}-${NEW_PARENT}-01`,
      tracestate: "a=1,b=2",
    });
  });

  it("the trace of a request knows no flag but `sampled`, and reads what a later version has in front", () => {
    const parents = [
      `00-${THEIRS}-${PARENT}-00`,
      `00-${THEIRS}-${PARENT}-ff`,
      `cc-${THEIRS}-${PARENT}-02-x`,
    ];
    expect(parents.map((parent) => traceOf(parent, null, RANDOM).traceparent)).toEqual([
      `00-${THEIRS}-${NEW_PARENT}-00`,
      `00-${THEIRS}-${NEW_PARENT}-01`,
      `00-${THEIRS}-${NEW_PARENT}-00`,
    ]);
  });

  it.each([
    ["none", null],
    ["an empty one", ""],
    ["an unknown version", `ff-${THEIRS}-${PARENT}-01`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${PARENT}-01`],
    ["a parent id of zeros", `00-${THEIRS}-${"0".repeat(16)}-01`],
    ["capitals", `00-${THEIRS.toUpperCase()}-${PARENT}-01`],
    ["more than version 00 has", `00-${THEIRS}-${PARENT}-01-x`],
    ["two of them", `00-${THEIRS}-${PARENT}-01, 00-${THEIRS}-${PARENT}-01`],
    ["a line end", `00-${THEIRS}-${PARENT}-01\n`],
  ])("the trace of a request begins anew where there is %s", (_, traceparent) => {
    expect(traceOf(traceparent, "a=1", RANDOM)).toEqual({
      traceparent: `00-${NEW_TRACE}-${NEW_PARENT}-01`,
      tracestate: null,
    });
  });

  it.each([
    ["too long", `a=${"1".repeat(511)}`],
    ["with a line end", "a=1\r\nx: y"],
    ["empty", ""],
  ])("the trace of a request drops a state that is %s", (_, state) => {
    expect(traceOf(`00-${THEIRS}-${PARENT}-01`, state, RANDOM).tracestate).toBeNull();
  });
});
