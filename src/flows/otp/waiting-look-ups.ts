import type { ClientSource } from "../../core/address/client-source.ts";
import { type FailureOf, rateLimited } from "../../core/failure.ts";
import type { Phone } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf, findCustomersOfAll } from "../linking/find-customers.ts";
import type { LookUpBatch } from "../state/process-state.ts";

/** Look-ups that may wait at once: of one address, of one network, and in this process. */
const MOST_OF_ADDRESS = 100;
const MOST_OF_NETWORK = 200;
const MOST = 1_000;
/** On Workers a look-up can end with its request. Its place is free again after this time. */
const LOST_AFTER_MS = 30_000;
const RETRY_AFTER_MS = 1_000;
/** Phones in one question to the directory. */
const MOST_IN_BATCH = 20;

type PlacePorts = Pick<Gateway, "process" | "runtime">;

/** The place of a look-up that runs after the answer. */
export interface LookUpPlace {
  /** Hands the place to the look-up, which then releases it. */
  keep(): void;
  release(): void;
  /** For the end of the request: a request without a look-up of its own keeps no place. */
  releaseUnlessKept(): void;
}

/** For a test phone, which is known without a look-up. */
export const NO_PLACE: LookUpPlace = {
  keep: () => undefined,
  release: () => undefined,
  releaseUnlessKept: () => undefined,
};

/**
 * Reserves a place for the look-up of a request, before anything is written. A slow directory
 * otherwise collects look-ups without end, each of them a customer who waits for a message. A source
 * with too many waiting look-ups is refused alone.
 *
 * Throws AdapterError `unavailable` where every place is taken.
 */
export function reserveLookUp(
  { process, runtime }: PlacePorts,
  { address, network }: ClientSource,
): Result<LookUpPlace, FailureOf<"rate-limited">> {
  const { places } = process.lookUps;
  const now = runtime.now();
  for (const [id, { at }] of places) {
    if (at + LOST_AFTER_MS > now) break;
    places.delete(id);
  }
  const taken = [...places.values()];
  const isFull =
    taken.filter((place) => place.address === address).length >= MOST_OF_ADDRESS ||
    taken.filter((place) => place.network === network).length >= MOST_OF_NETWORK;
  if (isFull) return fail(rateLimited("waiting-look-ups", now + RETRY_AFTER_MS, now));
  if (places.size >= MOST) {
    throw new AdapterError("directory", "look-up", "unavailable", { cause: undefined });
  }
  const id = Symbol("look-up");
  places.set(id, { address, at: now, network });
  let isKept = false;
  const release = (): void => void places.delete(id);
  return ok({
    release,
    keep: () => {
      isKept = true;
    },
    releaseUnlessKept: () => {
      if (!isKept) release();
    },
  });
}

/**
 * The customers of the phone by index. Look-ups that come while the directory works on others go to
 * it together, in one question with each phone once. On Workers each request asks alone: nothing
 * that one request began can be waited for by another.
 */
export async function lookUpTogether(
  gateway: Pick<Gateway, "directory" | "process" | "rules" | "runtime">,
  phone: Phone,
): Promise<readonly Customer[]> {
  const { process, runtime } = gateway;
  if (!runtime.outlivesClients) return findCustomersOf(gateway, phone, []);
  const { next } = process.lookUps;
  const batch = next !== null && next.phones.size < MOST_IN_BATCH ? next : newBatch(gateway);
  batch.phones.add(phone);
  return (await batch.customers).filter((customer) => customer.phone === phone);
}

function newBatch(gateway: Pick<Gateway, "directory" | "process" | "rules">): LookUpBatch {
  const { lookUps } = gateway.process;
  const phones = new Set<Phone>();
  const before = lookUps.last;
  const look = async (): Promise<readonly Customer[]> => {
    // A batch that failed tells its own callers; the next one asks anew.
    await before?.customers.catch(() => undefined);
    if (lookUps.next === batch) lookUps.next = null;
    return findCustomersOfAll(gateway, [...phones]);
  };
  const batch: LookUpBatch = { phones, customers: look() };
  lookUps.next = batch;
  lookUps.last = batch;
  return batch;
}
