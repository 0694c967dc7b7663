import { describe } from "vitest";
import { type Exemptions, promises } from "./promise.ts";
import { declareExpiry } from "./state-expiry.ts";
import type { MakeState, With } from "./state-instance.ts";
import { declareFailures, declareRecords } from "./state-records.ts";
import { declareVersions } from "./state-versions.ts";

/** The promises of `src/ports/state.ts`, for any adapter. */
export function stateSuite(name: string, make: MakeState, exemptions: Exemptions = {}): void {
  const instance: With = (test) => async (context) => {
    const made = await make();
    try {
      await test(made, context);
    } finally {
      await made.close();
    }
  };
  describe(`state: ${name}`, () => {
    promises("a state store", exemptions, (promised) => {
      declareRecords(promised, instance);
      declareVersions(promised, instance);
      declareExpiry(promised, instance);
      declareFailures(promised, instance);
    });
  });
}
