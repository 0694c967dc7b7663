import fc from "fast-check";
import { beforeEach } from "vitest";

/** In CI a commit passes or fails whoever runs it; what is new is looked for by `npm run explore`. */
const SEED_IN_CI = 20_261_128;

const drawn = () => (process.env["CI"] ? SEED_IN_CI : Math.trunc(Math.random() * 0x7fff_ffff));

/** What the random parts of tests start from. `SEED=123` repeats a run. */
export const SEED = Number(process.env["SEED"] ?? drawn());

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });

// A race may fail outside of a property, which alone would say its seed.
let said = false;
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => {
    if (!said) console.error(`Seed of this file: SEED=${SEED}`);
    said = true;
  });
});
