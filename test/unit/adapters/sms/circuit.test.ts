import { describe, expect, it } from "vitest";
import { type Circuit, createCircuit, type Leave } from "../../../../src/adapters/sms/circuit.ts";

const OPEN_MS = 30_000;

function setUp() {
  const events: string[] = [];
  let time = 1_000;
  const circuit = createCircuit({
    threshold: 3,
    openMs: OPEN_MS,
    now: () => time,
    onOpen: (reason) => events.push(`open ${reason}`),
    onClose: () => events.push("close"),
  });
  const advance = (ms: number) => {
    time += ms;
  };
  return { circuit, events, advance };
}

const enter = (circuit: Circuit): Leave => {
  const leave = circuit.enter();
  if (leave === null) throw new Error("refused");
  return leave;
};
const fail = (circuit: Circuit, times: number) => {
  for (let i = 0; i < times; i++) enter(circuit)("timeout");
};

describe("a circuit", () => {
  it("a circuit opens at the third fault in a row, and not at the second", () => {
    const { circuit, events } = setUp();
    fail(circuit, 2);
    expect(circuit.available()).toBe(true);
    fail(circuit, 1);
    expect(circuit.available()).toBe(false);
    expect(circuit.enter()).toBeNull();
    expect(events).toEqual(["open timeout"]);
  });

  it("a circuit counts faults in a row only", () => {
    const { circuit } = setUp();
    fail(circuit, 2);
    enter(circuit)(null);
    fail(circuit, 2);
    expect(circuit.available()).toBe(true);
  });

  it("a circuit is open until its time is over, to the millisecond", () => {
    const { advance, circuit } = setUp();
    fail(circuit, 3);
    advance(OPEN_MS - 1);
    expect(circuit.available()).toBe(false);
    advance(1);
    expect(circuit.available()).toBe(true);
    expect(circuit.available(), "asking takes nothing").toBe(true);
  });

  it("a circuit is closed after the pause, and takes as many faults again: one send must not tell", () => {
    const { advance, circuit, events } = setUp();
    fail(circuit, 3);
    advance(OPEN_MS);
    fail(circuit, 2);
    expect(circuit.available()).toBe(true);
    expect(events).toEqual(["open timeout", "close"]);
    fail(circuit, 1);
    expect(circuit.available()).toBe(false);
    expect(events).toEqual(["open timeout", "close", "open timeout"]);
  });

  it("a circuit ignores what began before the pause and ends after it", () => {
    const { advance, circuit } = setUp();
    const late = enter(circuit);
    fail(circuit, 3);
    advance(OPEN_MS);
    fail(circuit, 2);
    late("timeout");
    expect(circuit.available()).toBe(true);
  });

  it("a circuit ignores what began before it opened", () => {
    const { circuit, events } = setUp();
    const [early, late] = [enter(circuit), enter(circuit)];
    fail(circuit, 3);
    early(null);
    late("timeout");
    expect(circuit.available()).toBe(false);
    expect(events).toEqual(["open timeout"]);
  });
});
