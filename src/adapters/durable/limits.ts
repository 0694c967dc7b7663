import type { Counter, LimitState, Limits } from "../../ports/limits.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { LimitBudgets } from "../limiter/limits.ts";
import { askObject } from "./ask-object.ts";
import type { ObjectCounter } from "./object-counters.ts";
import { objectNumber } from "./object-number.ts";
import type { LimitsCalls } from "./objects/limits-object.ts";
import type { ObjectNamespace } from "./platform.ts";
import { type SpentCounters, spentCounters } from "./spent-counters.ts";

/**
 * A take with a lost answer is repeated. One event may count twice, which does little harm, while a
 * failed take would cost a customer the code.
 */
const TAKE = { repeatable: true };
/** An event that is given back twice would be a credit. */
const GIVE_BACK = { repeatable: false };
/** Not the name of an object with counters: each of those has a slash in it. */
const CHECKED = "check";
/** For the counters that are of no network. */
const OBJECTS_OF_A_LIMIT = 64;

export interface DurableLimitsOptions extends Pick<Runtime, "now"> {
  /** The region for new objects. */
  readonly locationHint?: string;
}

/** A counter and its place. */
interface Placed {
  readonly counter: Counter;
  /** As its object counts it. */
  readonly counted: ObjectCounter;
  /** The counter's own name. */
  readonly id: string;
  /** The object's name. */
  readonly object: string;
}

interface Count {
  readonly counter: Counter;
  readonly state: LimitState;
}

/**
 * Limits in Durable Objects. The counters of one network are in one object, so that a request costs
 * one question for all limits of its source, and a host with a whole network makes one object. The
 * other counters of a limit share 64 objects: an object for each would cost most of a request, and a
 * script invents e-mails. A counter's object follows from an HMAC, so that no script can aim at
 * another counter's object.
 *
 * The isolate remembers a refusal for a minute, or until its window ends. A script past its budget
 * costs neither a request to an object nor a written row.
 *
 * @param hash hides the key in the object's name
 */
export function durableLimits(
  namespace: ObjectNamespace<LimitsCalls>,
  budgets: LimitBudgets,
  hash: (key: string) => Promise<string>,
  { locationHint, now }: DurableLimitsOptions,
): Limits {
  const region = locationHint === undefined ? [] : ([{ locationHint }] as const);
  const objectNamed = (name: string) => namespace.get(namespace.idFromName(name), ...region);
  const place = placing(budgets, hash);
  const spent = spentCounters({ now });
  const count = counting(place, objectNamed, spent);
  return {
    async take(counter) {
      const [counted] = await count([counter]);
      if (counted === undefined) throw new TypeError("a counter without a state");
      return counted.state;
    },
    async takeAll(counters) {
      const counts = await count(counters);
      const refused = counts.find(({ state }) => !state.allowed) ?? null;
      const taken = counts.filter((counted) => counted !== refused);
      return { taken: taken.map(({ counter }) => counter), refused };
    },
    async giveBackAll(counters) {
      const placed = await Promise.all(counters.map(place));
      for (const { id } of placed) spent.forget(id);
      const giveBack = ([name, group]: Group) =>
        askObject("give-back", GIVE_BACK, () =>
          objectNamed(name).giveBackAll(group.map(({ counted }) => counted)),
        );
      await Promise.all(byObject(placed).map(giveBack));
    },
    async check() {
      await askObject("check", TAKE, () => objectNamed(CHECKED).check());
    },
  };
}

function placing(budgets: LimitBudgets, hash: (key: string) => Promise<string>) {
  return async (counter: Counter): Promise<Placed> => {
    const { name, network } = counter;
    const budget = budgets[name];
    if (budget === undefined) throw new TypeError("a limit without a budget");
    const key = await hash(counter.key);
    const id = `${name}/${key}`;
    const object =
      network === null
        ? `${name}/${objectNumber(key, OBJECTS_OF_A_LIMIT)}`
        : `network/${await hash(network)}`;
    return { counter, counted: { name, budget, key }, id, object };
  };
}

/** @returns the counts up to the refusal; a remembered refusal alone */
function counting(
  place: ReturnType<typeof placing>,
  objectNamed: (name: string) => LimitsCalls,
  spent: SpentCounters,
) {
  const countIn = async ([name, group]: Group): Promise<readonly Count[]> => {
    const remember = spent.asking();
    const take = () => objectNamed(name).takeAll(group.map(({ counted }) => counted));
    const states = await askObject("take", TAKE, take);
    return states.flatMap((state, i) => {
      const placed = group[i];
      if (placed === undefined) return [];
      if (!state.allowed) remember(placed.id, state);
      return [{ counter: placed.counter, state }];
    });
  };
  return async (counters: readonly Counter[]): Promise<readonly Count[]> => {
    const placed = await Promise.all(counters.map(place));
    for (const { counter, id } of placed) {
      const state = spent.find(id);
      if (state !== null) return [{ counter, state }];
    }
    const counts: Count[] = [];
    for (const group of byObject(placed)) {
      counts.push(...(await countIn(group)));
      if (counts.at(-1)?.state.allowed !== true) break;
    }
    return counts;
  };
}

/** An object's name, and neighbours among the counters that it holds. */
type Group = readonly [object: string, group: readonly Placed[]];

/** In order: neighbours of one object are asked together. */
function byObject(placed: readonly Placed[]): readonly Group[] {
  const groups: (readonly [object: string, group: Placed[]])[] = [];
  for (const one of placed) {
    const [object, group] = groups.at(-1) ?? [];
    if (object === one.object && group !== undefined) group.push(one);
    else groups.push([one.object, [one]]);
  }
  return groups;
}
