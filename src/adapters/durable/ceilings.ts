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

/** A take whose answer was lost may count as two: one customer less is told to wait than fails. */
const TAKE = { repeatable: true };
/** Given back twice, one event would be a credit. */
const ONCE = { repeatable: false };

export interface DurableCeilingsOptions extends CountedOptions {
  /** Where objects are made that do not exist yet. */
  readonly locationHint?: string;
  /** Before the names of objects, so that tests have their own. */
  readonly space?: string;
}

/** Ceilings in Durable Objects: the network's object is asked, and it asks the service's. */
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
