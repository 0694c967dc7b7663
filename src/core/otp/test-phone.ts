import type { CustomerId, Phone } from "../ids.ts";

/**
 * A phone of TEST_PHONES, which belongs to no person: an app store's reviewer logs in with it. The
 * code is fixed, and no message is sent.
 */
export interface TestPhone {
  readonly phone: Phone;
  /** Six digits. */
  readonly code: string;
  /** Epoch ms of the end of its last day, UTC. */
  readonly until: number;
  /** The customer that this phone signs in as. */
  readonly customerId: CustomerId;
}

/** A review takes weeks, not months: a code that many people know must not live on. */
export const MAX_TEST_PHONE_MS = 60 * 24 * 3_600_000;

/** The test phone of this number, if there is one and its last day is not over. */
export function activeTestPhone(
  phones: readonly TestPhone[],
  phone: Phone,
  now: number,
): TestPhone | null {
  return phones.find((entry) => entry.phone === phone && now < entry.until) ?? null;
}
