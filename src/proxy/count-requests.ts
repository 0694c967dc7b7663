import type { ClientSource } from "../core/address/client-source.ts";
import { type FailureOf, rateLimited } from "../core/failure.ts";
import type { Maybe } from "../core/maybe.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Gateway } from "../flows/gateway.ts";
import type { Counter } from "../ports/limits.ts";
import type { PolicyRule } from "./policy/policy.ts";

/** The counters of a rule that need nothing but the client's source. */
export const sourceCounters = ({ limits }: PolicyRule, source: ClientSource): readonly Counter[] =>
  limits.flatMap(({ by, name }) =>
    typeof by === "string" ? [{ name, key: source[by], network: source.network }] : [],
  );

/**
 * The counters of a rule by fields of the request. Those of one source come first: a source that is
 * past its own budget spends no budget that all sources share.
 *
 * @param counted the fields' values by the limit's name
 */
export function fieldCounters(
  { limits }: PolicyRule,
  counted: ReadonlyMap<string, string>,
  source: ClientSource,
): readonly Counter[] {
  const counters = limits.flatMap(({ name, per }): Counter[] => {
    const value = counted.get(name);
    if (value === undefined) return [];
    return per === null
      ? [{ name, key: value, network: null }]
      : [{ name, key: `${source[per]} ${value}`, network: source.network }];
  });
  return [
    ...counters.filter(({ network }) => network !== null),
    ...counters.filter(({ network }) => network === null),
  ];
}

type CounterPorts = Pick<Gateway, "limits" | "runtime">;

/**
 * Counts one request against limits of its rule, in order, until one refuses the request.
 *
 * @param isSpared whether this spent counter lets the request through all the same
 * @returns the counters that counted the request, which can be given back
 */
export function countAll(
  ports: CounterPorts,
  counters: readonly Counter[],
  isSpared: (counter: Counter) => Promise<boolean> = async () => false,
): Maybe<Counted> {
  return counters.length === 0 ? NOTHING_COUNTED : countEach(ports, counters, isSpared);
}

type Counted = Result<readonly Counter[], FailureOf<"rate-limited">>;

const NOTHING_COUNTED: Counted = ok([]);

async function countEach(
  { limits, runtime }: CounterPorts,
  counters: readonly Counter[],
  isSpared: (counter: Counter) => Promise<boolean>,
): Promise<Counted> {
  const counted: Counter[] = [];
  let left = counters;
  while (left.length > 0) {
    const { refused, taken } = await limits.takeAll(left);
    counted.push(...taken);
    if (refused === null) return ok(counted);
    const now = runtime.now();
    const { counter, state } = refused;
    if (!(await isSpared(counter))) {
      return fail(rateLimited("policy-limit", now + state.resetMs, now));
    }
    left = left.filter((other) => other !== counter && !taken.includes(other));
  }
  return ok(counted);
}

/** Gives events back after the answer, because the limits need not count them. */
export function giveBackAll({ limits, runtime }: CounterPorts, counted: readonly Counter[]): void {
  if (counted.length === 0) return;
  runtime.defer("give-back", () => limits.giveBackAll(counted));
}
