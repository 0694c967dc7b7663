import cluster, { type Worker } from "node:cluster";
import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  allTaken,
  passLines,
  processEnd,
  startProcess,
} from "../../../src/runtimes/node/processes/cluster-process.ts";
import {
  countedLines,
  type LineOutput,
} from "../../../src/runtimes/node/processes/counted-lines.ts";
import {
  type ProcessEnd,
  type ServingProcess,
  supervise,
} from "../../../src/runtimes/node/processes/supervise.ts";

interface FakeProcess extends ServingProcess {
  readonly asked: string[];
  serve(): void;
  end(end?: Partial<ProcessEnd>): void;
}

function fakeProcess(pid: number): FakeProcess {
  const serving = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<ProcessEnd>();
  const asked: string[] = [];
  return {
    pid,
    asked,
    serves: serving.promise,
    ended: ending.promise,
    leave: () => void asked.push("leave"),
    kill: () => void asked.push("kill"),
    serve: () => serving.resolve(),
    end: (end = {}) => ending.resolve({ code: null, signal: null, ...end }),
  };
}

/** A supervisor of fakes, on a clock that only its own pauses move. */
function world(count: number) {
  const [started, lines, pauses]: [FakeProcess[], string[], number[]] = [[], [], []];
  const [stopping, killing] = [new AbortController(), new AbortController()];
  let now = 0;
  const code = supervise({
    count,
    log: { write: (level, event) => void lines.push(`${level} ${event}`) },
    stopped: stopping.signal,
    killed: killing.signal,
    drainMs: 60_000,
    start() {
      const one = fakeProcess(started.length + 1);
      started.push(one);
      return one;
    },
    now: () => now,
    async sleep(ms) {
      pauses.push(ms);
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    code,
    started,
    lines,
    pauses,
    settle,
    stop: () => stopping.abort(),
    kill: () => killing.abort(),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

async function serving(count: number) {
  const here = world(count);
  here.started[0]?.serve();
  await here.settle();
  for (const one of here.started) one.serve();
  await here.settle();
  return here;
}

describe("several processes of one gateway", () => {
  it("the first process starts alone, so that wrong settings are said once and end the command with their own code", async () => {
    const { code, started } = world(4);
    expect(started).toHaveLength(1);
    started[0]?.end({ code: 2 });
    expect(await code).toBe(2);
    expect(started).toHaveLength(1);
  });

  it("a process that dies is replaced while the others go on", async () => {
    const here = await serving(2);
    here.pass(60_000);
    here.started[1]?.end({ signal: "SIGKILL" });
    await here.settle();
    expect(here.started.map(({ pid }) => pid)).toEqual([1, 2, 3]);
    expect(here.started[0]?.asked).toEqual([]);
    expect(here.lines).toEqual(["info processes", "error process-ended"]);
    expect(here.pauses).toEqual([100]);
  });

  it("processes that end at once again and again end the whole gateway, loudly and with an error", async () => {
    const here = await serving(2);
    for (let death = 0; death < 8; death++) {
      here.started.at(-1)?.end({ code: 1 });
      await here.settle();
    }
    expect(here.started).toHaveLength(9);
    expect(here.lines.at(-1)).toBe("error processes-given-up");
    expect(here.started[0]?.asked).toEqual(["leave"]);
    here.started[0]?.end({ code: 0 });
    expect(await here.code).toBe(1);
  });

  it("eight processes that one outage ends once each are all replaced, because each place counts its own ends", async () => {
    const here = await serving(8);
    for (const one of [...here.started]) one.end({ code: 1 });
    await here.settle();
    expect(here.started).toHaveLength(16);
    expect(here.pauses).toEqual(Array(8).fill(100));
    expect(here.lines).not.toContain("error processes-given-up");
  });

  it("replacements that hang in their start and then fail count as ends at once: the gateway gives up", async () => {
    const here = await serving(2);
    here.pass(60_000);
    for (let death = 0; death < 9; death++) {
      here.started.at(-1)?.end({ code: 1 });
      await here.settle();
      here.pass(60_000);
    }
    expect(here.pauses).toEqual([100, 100, 200, 400, 800, 1600, 3200, 5000]);
    expect(here.lines.at(-1)).toBe("error processes-given-up");
  });

  it("a second stop kills the processes that still drain", async () => {
    const here = await serving(2);
    here.stop();
    here.started[0]?.end({ code: 0 });
    await here.settle();
    here.kill();
    expect(here.started.map(({ asked }) => asked)).toEqual([["leave"], ["leave", "kill"]]);
  });

  it("a stop asks every process to drain, replaces none, and ends when the last one has", async () => {
    const here = await serving(3);
    here.stop();
    expect(here.started.map(({ asked }) => asked)).toEqual([["leave"], ["leave"], ["leave"]]);
    for (const one of here.started) one.end({ code: 0 });
    expect(await here.code).toBe(0);
    expect(here.started).toHaveLength(3);
  });

  it("a stop during a pause before a restart starts nothing", async () => {
    const here = await serving(2);
    here.started[1]?.end({ code: 1 });
    here.stop();
    here.started[0]?.end({ code: 0 });
    expect(await here.code).toBe(0);
    expect(here.started).toHaveLength(2);
  });

  it("a stop while the first process still starts ends with it", async () => {
    const here = world(2);
    here.stop();
    expect(here.started[0]?.asked).toEqual(["leave"]);
    here.started[0]?.end({ signal: "SIGTERM" });
    expect(await here.code).toBe(0);
  });

  it("lines of several processes in one stream are never cut by each other", async () => {
    const output = new PassThrough();
    const [one, other] = [new PassThrough(), new PassThrough()];
    const lines = countedLines(output, { refused: () => {}, dropped: () => {} });
    passLines(one, lines);
    passLines(other, lines);
    one.write('{"n":1');
    other.write('{"n":2}\n{"n":');
    one.write("1}\n");
    other.write("22}\n{unfinished");
    await new Promise((resolve) => setImmediate(resolve));
    other.end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(String(output.read()).split("\n")).toEqual([
      '{"n":2}',
      '{"n":11}',
      '{"n":22}',
      "{unfinished",
      "",
    ]);
  });
});

it("a full disk stops the lines of no process: they go on once it has room, after a line with their number", async () => {
  const [input, taken, told] = [new PassThrough(), [] as string[], [] as unknown[]];
  let isFull = true;
  const output: LineOutput = {
    write(lines, done) {
      const error = isFull ? Object.assign(new Error("full"), { code: "ENOSPC" }) : null;
      if (!isFull) taken.push(String(lines));
      process.nextTick(done, error);
      return false;
    },
  };
  passLines(
    input,
    countedLines(output, {
      refused: (because) => told.push(because),
      dropped: (count) => told.push(count),
    }),
  );
  const sent = async (text: string) => {
    input.write(text);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await sent("one\ntwo\n");
  await sent("three\n");
  isFull = false;
  await sent("four\n");
  await sent("five\n");
  expect(taken).toEqual(["\nfour\n", "five\n"]);
  expect(told).toEqual(["ENOSPC", 3]);
});

describe("a reader of the logs that hangs", () => {
  it("a process whose last lines are not read has ended all the same, so that it is replaced", async () => {
    const child = new EventEmitter();
    const ended = processEnd(child, 5);
    child.emit("exit", 1, null);
    expect(await ended).toEqual({ code: 1, signal: null });
  });

  it("a process whose last lines are being read ends after them", async () => {
    const child = new EventEmitter();
    const seen: string[] = [];
    const ended = processEnd(child, 60_000).then(() => seen.push("ended"));
    child.emit("exit", 0, null);
    await new Promise(setImmediate);
    seen.push("read");
    child.emit("close", 0, null);
    await ended;
    expect(seen).toEqual(["read", "ended"]);
  });

  it("the end of the command waits for a slow reader, and not for one that hangs", async () => {
    const waiting: (() => void)[] = [];
    const output = new Writable({ write: (_, __, done) => void waiting.push(done) });
    output.write("the last line\n");
    const seen: string[] = [];
    const taken = allTaken(output, 60_000).then(() => seen.push("taken"));
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
    waiting.shift()?.();
    await new Promise(setImmediate);
    waiting.shift()?.();
    await taken;
    output.write("more\n");
    await allTaken(output, 5);
    expect(waiting).toHaveLength(1);
  });
});

describe("the policy of node:cluster", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("connections go to the processes in turn whatever NODE_CLUSTER_SCHED_POLICY says: the policy is set before node:cluster freezes it", () => {
    const child = Object.assign(new EventEmitter(), { stdout: null, pid: 1 });
    const worker = Object.assign(new EventEmitter(), { process: child });
    const frozen: number[] = [];
    const before = cluster.schedulingPolicy;
    vi.spyOn(cluster, "fork").mockReturnValue(worker as unknown as Worker);
    vi.spyOn(cluster, "setupPrimary").mockImplementation(() => {
      frozen.push(cluster.schedulingPolicy);
    });
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    startProcess(countedLines(new PassThrough(), { refused: () => {}, dropped: () => {} }));
    cluster.schedulingPolicy = before;
    expect(frozen).toEqual([cluster.SCHED_RR]);
  });
});
