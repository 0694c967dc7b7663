import { expect, test } from "vitest";
import {
  findStranded,
  type StrandedUser,
} from "../../../src/flows/operator/audit/find-stranded.ts";
import { surveyDirectory } from "../../../src/flows/operator/reading/survey-directory.ts";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import { recorder } from "../../support/gateway/recorder.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";

const PAIRS = 60;
const phoneOf = (n: number): string => `98765${String(10_000 + n)}`;

test("who would be stranded is found with a few queries for a page of users, as each one's login would decide", async () => {
  const numbers = Array.from({ length: PAIRS }, (_, n) => n);
  const ports = recorder();
  const { gateway } = await testGateway({
    ...ports.options,
    documents: {
      customers_v2: numbers.map((n) =>
        // One in a spelling that no index lists, and one whose number has changed hands.
        customer(`c-${n}`, n === 7 ? [...phoneOf(n)].join(" ") : phoneOf(n), {
          ...(n === 9 ? { status: "stopped", user_id: "u-9" } : {}),
        }),
      ),
      users: numbers.map((n) =>
        user(`u-${n}`, {
          phone: n === 8 ? "9876599999" : phoneOf(n),
          password_hash: HASH,
          ...(n % 2 === 0 && n !== 8 ? { customer_v2_id: `c-${n}` } : {}),
        }),
      ),
    },
  });
  const stranded: StrandedUser[] = [];
  for await (const one of findStranded(gateway, await surveyDirectory(gateway))) stranded.push(one);
  // In the order of `_id`, which the seed draws.
  expect(stranded.toSorted((a, b) => a.userId.localeCompare(b.userId))).toEqual([
    { userId: "u-8", because: "no-customer" },
    { userId: "u-9", because: "stopped" },
  ]);
  expect(ports.calls.length).toBeLessThan(15);
});
