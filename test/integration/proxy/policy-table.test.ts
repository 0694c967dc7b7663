import { describe } from "vitest";
import { fetchWorld } from "../../support/proxy/proxied-world.ts";
import { policyTableSuite } from "./policy-table.suite.ts";

describe("LEGACY 7 through the gateway, by fetch", () => policyTableSuite(fetchWorld));
