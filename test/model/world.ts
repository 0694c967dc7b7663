import type fc from "fast-check";
import type { CustomerId, DocumentKey, Phone } from "../../src/core/ids.ts";
import type { Customer } from "../../src/core/linking/documents.ts";
import { findCustomersOf } from "../../src/flows/linking/find-customers.ts";
import { type LinkPorts, linkCustomer } from "../../src/flows/linking/link-customer.ts";
import type { Directory } from "../../src/ports/directory.ts";
import { hashNow } from "../../src/runtimes/node/hash-now.ts";
import type { DirectoryInstance, MakeDirectory } from "../contract/directory/directory-instance.ts";
import { loaded } from "../support/gateway/load-settings.ts";
import { MORE_RUNS } from "../support/house/more-runs.ts";
import { type Issued, tokenFaults, writeFaults } from "../support/linking/invariants.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { around } from "../support/stores/fault-directory.ts";
import { nationalOf, type Verdict, verdictOn } from "./oracle.ts";

/** The moment of all logins of a model. */
export const NOW = Date.parse("2026-11-22T08:00:00Z");

const { rules } = loaded({}).settings;

/** Somebody who logs in: C and P, ten digits. */
export interface Person {
  readonly customerId: string;
  readonly phone: string;
}

/** What a login came to. */
export type Outcome =
  | { readonly outcome: "token"; readonly sub: string; readonly wrote: boolean }
  | { readonly outcome: string; readonly sub?: undefined };

/** Legacy collections, the gateway's linking over them, and a record of what went wrong. */
export interface World {
  readonly instance: DirectoryInstance;
  readonly unique: boolean;
  readonly disturbed: boolean;
  /** The directory under watch: each write is judged as it happens. */
  readonly directory: Directory;
  /** What no login may ever do, in the order in which it was done. */
  readonly faults: string[];
  readonly issued: (Issued & Person)[];
  documents(): Promise<LegacyState>;
}

/** Whether a token would still pass the session's check (LINKING "Around it"). */
const stands = (documents: LegacyState, token: Issued & Person): boolean =>
  tokenFaults(documents, [token]).length === 0 &&
  documents.customers_v2.some(
    ({ id, phone }) => id === token.customerId && nationalOf(phone) === token.phone,
  );

export interface WorldOptions {
  readonly unique?: boolean;
  /** True where legacy writers are about, and may undo a link between two commands. */
  readonly disturbed?: boolean;
}

export async function makeWorld(
  make: MakeDirectory,
  state: LegacyState,
  { disturbed = false, unique = false }: WorldOptions = {},
): Promise<World> {
  const instance = await make({ unique });
  await instance.put("customers_v2", state.customers_v2);
  await instance.put("users", state.users);
  const documents = async (): Promise<LegacyState> => ({
    customers_v2: await instance.documents("customers_v2"),
    users: await instance.documents("users"),
  });
  const faults: string[] = [];
  const issued: (Issued & Person)[] = [];
  const directory = around(instance.directory, async (run, method) => {
    if (!/^(change|insert)/.test(method)) return run();
    const before = await documents();
    const value = await run();
    const after = await documents();
    faults.push(...writeFaults(before, after, !disturbed));
    const undone = issued.filter((token) => stands(before, token) && !stands(after, token));
    faults.push(...undone.map((token) => `undid the link of ${JSON.stringify(token)}`));
    return value;
  });
  return { instance, unique, disturbed, directory, faults, issued, documents };
}

/**
 * Logs a person in whose phone is proven: R1, and everything that LINKING says after it.
 *
 * @param directory the world's as this login sees it
 */
export async function logIn(
  world: World,
  { customerId, phone }: Person,
  directory: Directory = world.directory,
): Promise<Outcome> {
  const gateway = portsOver(directory);
  const proven = {
    phone: `+91${phone}` as Phone,
    found: [] as readonly DocumentKey[],
    searched: true,
  };
  const customers: readonly Customer[] = await findCustomersOf(gateway, proven.phone, []);
  const linked = await linkCustomer(gateway, proven, customerId as CustomerId, customers);
  if (!linked.ok) return { outcome: linked.failure.reason };
  const { customer, user, wrote } = linked.value;
  const token = { userId: user.id, customerId: customer.id, phone };
  world.issued.push(token);
  if (!world.disturbed) world.faults.push(...tokenFaults(await world.documents(), [token]));
  return { outcome: "token", sub: user.id, wrote };
}

let drawn = 0;

/** What linking needs. The search for rare spellings has ended before it: a proof says so. */
export function portsOver(directory: Directory): LinkPorts {
  const runtime = {
    now: () => NOW,
    // Each call's own: what a login writes is told from what another one wrote by it.
    randomBytes: (length: number) => new Uint8Array(length).map(() => drawn++ % 256),
    sleep: async () => undefined,
    defer: () => undefined,
    digest: () => {
      throw new Error("linking takes no digest of the platform's");
    },
    hashNow,
    outlivesClients: true,
  };
  return {
    directory,
    log: { write: () => undefined },
    process: { scan: { last: null, next: null, normalUntil: 0 } },
    rules,
    runtime,
  };
}

/** Everybody in the data who could prove a phone. */
export function peopleOf({ customers_v2 }: LegacyState): Person[] {
  const people = customers_v2.flatMap(({ id, phone }) => {
    const national = nationalOf(phone);
    return typeof id === "string" && id !== "" && national !== null
      ? [{ customerId: id, phone: national }]
      : [];
  });
  return [...new Map(people.map((person) => [JSON.stringify(person), person])).values()];
}

/** What LINKING.md says that a login of this person comes to, as the data stands. */
export async function verdictFor(world: World, person: Person): Promise<Verdict> {
  return verdictOn({ state: await world.documents(), ...person, now: NOW, unique: world.unique });
}

/** `SEED` repeats a run. */
export function runs(numRuns: number): fc.Parameters<unknown> {
  return { numRuns: Math.ceil(numRuns * MORE_RUNS) };
}

/** For soaks, which take longer than a test usually may. */
export const TIMEOUT_MS = 120_000 * MORE_RUNS;
