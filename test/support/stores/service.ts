import { describe, it } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Why a suite is skipped; printed at the end of the run. */
    skippedBecause?: string;
  }
}

/**
 * A suite that needs a service, such as Redis. Where it is missing the suite is skipped and the
 * reason printed; with REQUIRE_SERVICES=1 that is a failure.
 *
 * @param missing why the service cannot be had, or null where it can: `redisMissing()`
 */
export function describeWith(
  service: string,
  missing: string | null,
  name: string,
  body: () => void,
): void {
  if (missing === null) {
    describe(name, body);
  } else if (process.env["REQUIRE_SERVICES"] === "1") {
    describe(name, () => {
      it(`has ${service}`, () => {
        throw new Error(missing);
      });
    });
  } else {
    describe(name, { skip: true, meta: { skippedBecause: `${service}: ${missing}` } }, body);
  }
}
