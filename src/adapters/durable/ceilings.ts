import type { ClientSource } from "../../core/address/client-source.ts";
import { PROVEN_FOR_MS, windowsAt } from "../../core/ceilings.ts";
import type { CeilingShare, Ceilings } from "../../ports/ceilings.ts";
import {
  type CountedOptions,
  hashedSource,
  refusedVerdict,
  shareOf,
} from "../ceilings/counted-ceilings.ts";
import { askObject } from "./ask-object.ts";
import type { CeilingsCalls } from "./objects/ceilings-object.ts";
import type { ObjectNamespace } from "./platform.ts";
import { rememberedRefusals } from "./remembered-refusals.ts";

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

/**
 * Ceilings in Durable Objects: the network's object is asked, and asks the service's object. A
 * refusal is remembered in the isolate, so that an attacker who goes on costs nothing more.
 */
export function durableCeilings(
  namespace: ObjectNamespace<CeilingsCalls>,
  { budgets, hash, locationHint, now, space = "" }: DurableCeilingsOptions,
): Ceilings {
  const place = locationHint === undefined ? [] : ([{ locationHint }] as const);
  const service = `${space}service`;
  const objectOf = (network: string) =>
    namespace.get(namespace.idFromName(`${space}network/${network}`), ...place);
  const refusals = rememberedRefusals({ now });
  const hashed = (source: ClientSource) => hashedSource(hash, source);
  return {
    async take(name, source) {
      const known = refusals.find(name, source);
      if (known !== null) return known;
      const remember = refusals.asking(name, source);
      const { address, network } = await hashed(source);
      const at = now();
      const windows = windowsAt(budgets[name], at);
      const event = { address, at, name, service, windows, locationHint };
      const decision = await askObject("take-share", TAKE, () => objectOf(network).take(event));
      if (decision.allowed) {
        return { allowed: true, share: shareOf(name, source, windows, decision.pools) };
      }
      const refusal = refusedVerdict(decision, at);
      remember(refusal);
      return refusal;
    },
    async giveBack({ counted, name, source }: CeilingShare) {
      const { address, network } = await hashed(source);
      const at = now();
      const standing = counted.filter(({ endsAt }) => endsAt > at);
      if (standing.length === 0) return;
      const event = { address, at, name, service, windows: standing, locationHint };
      const giveBack = () => objectOf(network).giveBack(event, standing);
      // Also where the answer was lost: the share may be back.
      await askObject("give-back-share", ONCE, giveBack).finally(refusals.forget);
    },
    async noteProven(network) {
      const object = await hash(network);
      const until = now() + PROVEN_FOR_MS;
      const prove = () => objectOf(object).prove(until);
      await askObject("note-proven", TAKE, prove).finally(refusals.forget);
    },
  };
}
