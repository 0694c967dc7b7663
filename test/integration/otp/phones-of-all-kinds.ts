import { customer, user } from "../../cases-extra/people.ts";
import type { Answer } from "../../support/gateway/client.ts";
import { shapeOf } from "../../support/gateway/recorder.ts";
import type { TestOptions } from "../../support/gateway/test-gateway.ts";

export const PHONE = "9876500001";

/** What a phone can be. Nobody on the wire may tell one from another. */
export const PHONES: Readonly<Record<string, TestOptions["documents"] & object>> = {
  "a stranger's": { customers_v2: [customer("c-1", "9876599999")] },
  "a customer's": { customers_v2: [customer("c-1", PHONE)] },
  "a linked customer's": {
    customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
    users: [user("u-1", { customer_v2_id: "c-1", phone: PHONE })],
  },
  "a stopped customer's": { customers_v2: [customer("c-1", PHONE, { status: "stopped" })] },
  "two customers'": { customers_v2: [customer("c-1", PHONE), customer("c-2", `+91${PHONE}`)] },
  "a staff member's": {
    customers_v2: [],
    users: [user("u-1", { role: "admin", phone: PHONE })],
  },
};

/** One step as its client and a clock see it: the answer, and the work that it waited for. */
export interface Seen {
  readonly step: string;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: unknown;
  readonly waitedFor: readonly string[];
}

const RANDOM_HEADERS = ["x-request-id", "date"];

export function seen(
  step: string,
  { body, headers, status }: Answer,
  waitedFor: readonly string[],
): Seen {
  const random = { challenge_id: shapeOf(body.challenge_id), instance: shapeOf(body.instance) };
  const kept = [...headers].filter(([name]) => !RANDOM_HEADERS.includes(name));
  const named = [...headers.keys()].filter((name) => RANDOM_HEADERS.includes(name));
  return {
    step,
    status,
    waitedFor,
    headers: [...kept, ...named.map((name) => [name, "..."] as const)],
    body: { ...body, ...random },
  };
}
