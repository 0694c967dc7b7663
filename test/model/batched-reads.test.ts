import fc from "fast-check";
import { expect, it } from "vitest";
import { batchedReads } from "../../src/flows/operator/batched-reads.ts";
import type { CustomerQuery, UserQuery } from "../../src/ports/directory.ts";
import { hexId } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import { PHONE } from "./scenarios.ts";
import { makeWorld, NOW, portsOver, runs, TIMEOUT_MS } from "./world.ts";

const some = <T>(...values: readonly T[]) => fc.subarray([...values]);
const phones = some<string | number>(PHONE, `+91${PHONE}`, Number(PHONE));
const ids = some("c-0", "c-1", "c-2", "u-0", "u-1", "u-2");
const ofUsers: fc.Arbitrary<Partial<UserQuery>> = fc.record(
  {
    ids,
    phones,
    customerIds: ids,
    marks: ids,
    emails: some("customer-c-1@earlybird.local", `${PHONE}@customer.earlybird.com`),
    objectIds: some(...[0, 1, 2].map((n) => hexId("users", n))),
  },
  { requiredKeys: [] },
);
const ofCustomers: fc.Arbitrary<Partial<CustomerQuery>> = fc.record(
  { ids, phones, userIds: some("u-0", "u-1", "u-2", hexId("users", 1)) },
  { requiredKeys: [] },
);

it(
  "questions that are asked together have the answers that each has alone, in two commands",
  () =>
    fc.assert(
      fc.asyncProperty(
        legacyStates({ now: NOW }),
        fc.array(ofUsers, { minLength: 1, maxLength: 5 }),
        fc.array(ofCustomers, { minLength: 1, maxLength: 5 }),
        async (state, users, customers) => {
          const { directory, instance } = await makeWorld(makeMemoryDirectory, state);
          const together = batchedReads(portsOver(directory));
          const asked = (of: typeof directory) =>
            Promise.all([
              ...users.map((query) => of.findUsers(query)),
              ...customers.map((query) => of.findCustomers(query)),
            ]);
          const keys = (answers: Awaited<ReturnType<typeof asked>>) =>
            answers.map((documents) => documents.map(({ key }) => key).sort());
          const before = instance.commands?.() ?? 0;
          const answers = keys(await asked(together));
          expect((instance.commands?.() ?? 0) - before).toBeLessThanOrEqual(2);
          expect(answers).toEqual(keys(await asked(directory)));
          await instance.close();
        },
      ),
      runs(150),
    ),
  TIMEOUT_MS,
);
