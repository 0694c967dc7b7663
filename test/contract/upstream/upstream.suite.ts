import { describe } from "vitest";
import { type Exemptions, promises } from "../state/promise.ts";
import { declareBodies } from "./upstream-bodies.ts";
import { declareEnds } from "./upstream-ends.ts";
import { declareFaults } from "./upstream-faults.ts";
import { declareHeads } from "./upstream-heads.ts";
import type { MakeUpstream } from "./upstream-instance.ts";
import { declareJudged } from "./upstream-judged.ts";

/** The promises of `src/ports/upstream.ts`, over real sockets, for any adapter. */
export function upstreamSuite(name: string, make: MakeUpstream, exemptions: Exemptions = {}): void {
  describe(`upstream: ${name}`, () => {
    promises("an upstream", exemptions, (promised) => {
      declareHeads(promised, make);
      declareBodies(promised, make);
      declareJudged(promised, make);
      declareEnds(promised, make);
      declareFaults(promised, make);
    });
  });
}
