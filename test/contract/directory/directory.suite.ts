import { describe } from "vitest";
import { type Exemptions, promises } from "../state/promise.ts";
import { declareDuplicates } from "./directory-duplicates.ts";
import { declareFailures } from "./directory-failures.ts";
import { declareGuards } from "./directory-guards.ts";
import type { MakeDirectory, With } from "./directory-instance.ts";
import { declarePages } from "./directory-pages.ts";
import { declareQueries } from "./directory-queries.ts";
import { declareRemovals } from "./directory-removals.ts";
import { declareScan } from "./directory-scan.ts";
import { declareShared } from "./directory-shared.ts";
import { declareTypes } from "./directory-types.ts";
import { declareWrites } from "./directory-writes.ts";

/** The promises of `src/ports/directory.ts`, for any adapter. */
export function directorySuite(
  name: string,
  make: MakeDirectory,
  exemptions: Exemptions = {},
): void {
  const instance: With =
    (test, options = { unique: false }) =>
    async (context) => {
      const made = await make(options);
      try {
        await test(made, context);
      } finally {
        await made.close();
      }
    };
  describe(`directory: ${name}`, () => {
    promises("a directory", exemptions, (promised) => {
      declareQueries(promised, instance);
      declareTypes(promised, instance);
      declareShared(promised, instance);
      declareWrites(promised, instance);
      declareGuards(promised, instance);
      declareDuplicates(promised, instance);
      declareRemovals(promised, instance);
      declarePages(promised, instance);
      declareScan(promised, instance);
      declareFailures(promised, instance);
    });
  });
}
