import { PROVEN_FOR_MS, windowsAt } from "../../core/ceilings.ts";
import type { ClientSource } from "../../core/client-source.ts";
import type { CeilingShare, Ceilings } from "../../ports/ceilings.ts";
import {
  type CountedOptions,
  hashedSource,
  refused,
  shareOf,
} from "../ceilings/counted-ceilings.ts";
import { askObject } from "./ask-object.ts";
import type { CeilingsCalls } from "./ceilings-object.ts";
import type { ObjectNamespace } from "./platform.ts";

/**
 * A take with a lost answer may count twice: that refuses one customer too early, a failure would
 * refuse this one.
 */
const TAKE = { repeatable: true };
/** A share that is given back twice would be a credit. */
const ONCE = { repeatable: false };

export interface DurableCeilingsOptions extends CountedOptions {
  /** The region for new objects. */
  readonly locationHint?: string;
  /** Prefix of the objects' names, so that tests have objects of their own. */
  readonly space?: string;
}

/** Ceilings in Durable Objects: the network's object is asked, and asks the service's object. */
export function durableCeilings(
  namespace: ObjectNamespace<CeilingsCalls>,
  { budgets, hash, locationHint, now, space = "" }: DurableCeilingsOptions,
): Ceilings {
  const place = locationHint === undefined ? [] : ([{ locationHint }] as const);
  const service = `${space}service`;
  const objectOf = (network: string) =>
    namespace.get(namespace.idFromName(`${space}network/${network}`), ...place);
  const hashed = (source: ClientSource) => hashedSource(hash, source);
  return {
    async take(name, source) {
      const { address, network } = await hashed(source);
      const at = now();
      const windows = windowsAt(budgets[name], at);
      const event = { address, at, name, service, windows };
      const decision = await askObject("take-share", TAKE, () => objectOf(network).take(event));
      return decision.allowed
        ? { allowed: true, share: shareOf(name, source, windows, decision.pools) }
        : refused(decision, at);
    },
    async giveBack({ counted, name, source }: CeilingShare) {
      const { address, network } = await hashed(source);
      const at = now();
      const standing = counted.filter(({ endsAt }) => endsAt > at);
      if (standing.length === 0) return;
      const event = { address, at, name, service, windows: standing };
      await askObject("give-back-share", ONCE, () => objectOf(network).giveBack(event, standing));
    },
    async noteProven(network) {
      const object = await hash(network);
      const until = now() + PROVEN_FOR_MS;
      await askObject("note-proven", TAKE, () => objectOf(object).prove(until));
    },
  };
}
