import type { TestContext } from "vitest";
import type { StateStore } from "../../../src/ports/state.ts";

export interface StateInstance {
  readonly state: StateStore;
  /** The same records through a connection of its own, as another process has it. */
  readonly other: StateStore;
  /** What both take for the time, epoch ms. It starts at the true time and is only moved on. */
  readonly clock: { now: number };
  /** Takes the store away from `state`. */
  breakIt?(): Promise<void>;
  close(): Promise<void>;
}

/** Makes an instance without records, in a namespace of its own. */
export type MakeState = () => Promise<StateInstance>;

/** Runs a test on an instance of its own. */
export type With = (
  test: (instance: StateInstance, context: TestContext) => Promise<void>,
) => (context: TestContext) => Promise<void>;

export const MINUTE = 60_000;

/** Makes the record, or throws: for tests about what comes after. */
export async function make(
  { state, clock }: StateInstance,
  key: string,
  value: Parameters<StateStore["write"]>[1] = "value",
  expiresAt = clock.now + MINUTE,
): Promise<string> {
  const version = await state.write(key, value, { expect: null, expiresAt });
  if (version === null) throw new Error("the key was not absent");
  return version;
}
