import fc from "fast-check";
import { beforeEach } from "vitest";

/** What the random parts of tests start from. `SEED=123` repeats a run. */
export const SEED = Number(process.env["SEED"] ?? Math.trunc(Math.random() * 0x7fff_ffff));

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });

// A race may fail outside of a property, which alone would say its seed.
let said = false;
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => {
    if (!said) console.error(`Seed of this file: SEED=${SEED}`);
    said = true;
  });
});
