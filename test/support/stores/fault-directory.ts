/** A process that was killed: nobody may take it for a lost race, and nothing runs after it. */
export class Killed extends Error {
  constructor() {
    super("the process was killed");
    this.name = "Killed";
  }
}

/** `before`: the call never reaches the store. `after`: it does, and the caller never learns. */
export interface Death {
  /** Which call is the last, from 1. */
  readonly call: number;
  readonly when: "before" | "after";
}

/** All deaths of a flow that makes this many calls. */
export function deathsOf(calls: number): Death[] {
  const positions = Array.from({ length: calls }, (_, index) => index + 1);
  return positions.flatMap((call) => [
    { call, when: "before" },
    { call, when: "after" },
  ]);
}

type Around = (
  run: () => Promise<unknown>,
  method: string,
  args: readonly unknown[],
) => Promise<unknown>;

/** The port with something done around each of its calls. */
export function around<T extends object>(port: T, act: Around): T {
  return new Proxy(port, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...args: unknown[]) => act(async () => member.apply(target, args), name, args);
    },
  });
}

/** The calls of one flow through any number of ports, and where it dies. */
export interface Life {
  wrap<T extends object>(port: T): T;
  /** Makes one call of this life, for ports that see several lives. */
  call<T>(run: () => Promise<T>): Promise<T>;
  /** How many calls were begun. */
  calls(): number;
  killed(): boolean;
}

/** @param death null: the flow lives, and its calls are counted */
export function life(death: Death | null): Life {
  let calls = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Killed();
  };
  const call = async <T>(run: () => Promise<T>): Promise<T> => {
    if (dead) throw new Killed();
    const last = ++calls === death?.call;
    if (last && death.when === "before") die();
    const value = await run();
    return last ? die() : value;
  };
  return { wrap: (port) => around(port, call), call, calls: () => calls, killed: () => dead };
}

/** What a flow gets: its calls, through any port, wait for its turn. One call at a time. */
export interface Turns {
  wrap<T extends object>(port: T): T;
  /** Waits for a turn: a step that goes through no port, such as a legacy writer's. */
  take(): Promise<void>;
}

export type Flow<T> = (turns: Turns) => Promise<T>;

export interface Played<T> {
  readonly results: readonly PromiseSettledResult<T>[];
  /** Which flow had each turn. */
  readonly trace: readonly number[];
  /** Who could have had it: first who has it where the schedule does not say, then the others. */
  readonly choices: readonly (readonly number[])[];
}

/**
 * Runs flows against each other, one call at a time. Turn n goes to `schedule[n]`; where that flow
 * has ended, or the schedule has, the flow that ran last goes on, or else the first that lives.
 */
export async function play<T>(
  flows: readonly Flow<T>[],
  schedule: readonly number[],
): Promise<Played<T>> {
  const gates = flows.map(() => gate());
  const running = flows.map(async (flow, index) => {
    const { turns, end } = gates[index] as Gate;
    try {
      return await flow(turns);
    } finally {
      end();
    }
  });
  const results = Promise.allSettled(running);
  const trace: number[] = [];
  const choices: number[][] = [];
  while (true) {
    await Promise.all(gates.map(({ settled }) => settled()));
    const live = gates.flatMap(({ waits }, index) => (waits() ? [index] : []));
    const last = trace.at(-1) ?? -1;
    const byDefault = live.includes(last) ? last : live[0];
    if (byDefault === undefined) return { results: await results, trace, choices };
    const wanted = schedule[trace.length] ?? -1;
    const next = live.includes(wanted) ? wanted : byDefault;
    choices.push([byDefault, ...live.filter((flow) => flow !== byDefault)]);
    trace.push(next);
    gates[next]?.open();
  }
}

interface Gate {
  readonly turns: Turns;
  /** Resolves when the flow waits for a turn or has ended. */
  settled(): Promise<void>;
  waits(): boolean;
  open(): void;
  end(): void;
}

function gate(): Gate {
  let go: (() => void) | null = null;
  let arrival = Promise.withResolvers<void>();
  const take = (): Promise<void> =>
    new Promise((resolve) => {
      if (go !== null) throw new Error("a flow makes one call at a time");
      go = resolve;
      arrival.resolve();
    });
  const act: Around = async (run) => {
    await take();
    return run();
  };
  return {
    turns: { wrap: (port) => around(port, act), take },
    settled: () => arrival.promise,
    waits: () => go !== null,
    open() {
      const opened = go;
      go = null;
      arrival = Promise.withResolvers<void>();
      opened?.();
    },
    end: () => arrival.resolve(),
  };
}

export interface Bounds {
  readonly maxRuns: number;
  /** How often a flow that could go on is made to wait; unbounded without it. */
  readonly maxSwitches?: number;
}

/**
 * Depth first through all interleavings: calls `run` with one schedule after another and learns
 * from what it played which others there are.
 *
 * @returns how many there were, and whether that is all of them within `maxSwitches`
 */
export async function everyInterleaving(
  run: (schedule: readonly number[]) => Promise<Pick<Played<unknown>, "trace" | "choices">>,
  { maxRuns, maxSwitches = Number.POSITIVE_INFINITY }: Bounds,
): Promise<{ readonly runs: number; readonly complete: boolean }> {
  let schedule: readonly number[] | null = [];
  let runs = 0;
  while (schedule !== null && runs < maxRuns) {
    runs++;
    schedule = following(await run(schedule), maxSwitches);
  }
  return { runs, complete: schedule === null };
}

/** The next schedule: the deepest turn that can still go to another flow does. */
function following(
  { choices, trace }: Pick<Played<unknown>, "trace" | "choices">,
  maxSwitches: number,
): readonly number[] | null {
  for (let turn = trace.length - 1; turn >= 0; turn--) {
    const open = choices[turn] ?? [];
    const next = open[open.indexOf(trace[turn] ?? -1) + 1];
    if (next === undefined) continue;
    const schedule = [...trace.slice(0, turn), next];
    if (switchesIn(schedule, choices) <= maxSwitches) return schedule;
  }
  return null;
}

const switchesIn = (schedule: readonly number[], choices: readonly (readonly number[])[]): number =>
  schedule.filter((flow, turn) => {
    const before = schedule[turn - 1];
    return before !== undefined && flow !== before && choices[turn]?.includes(before);
  }).length;
