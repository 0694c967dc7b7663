import { policyTableSuite } from "../../integration/proxy/policy-table.suite.ts";
import { describeEdge } from "../edge-place.ts";
import { proxiedPlace } from "../proxied-place.ts";

/**
 * Every row for every role. Sampled, because all rows ask for it: of the strangers two, whom the
 * same code judges on Node, and one login, which nothing that the stand-in writes can end here.
 */
const SAMPLED = { strangers: 2, loginOnce: true };

describeEdge("LEGACY 7 through the built Worker", () =>
  policyTableSuite(() => proxiedPlace(), SAMPLED),
);
