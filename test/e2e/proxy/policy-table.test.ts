import { describe } from "vitest";
import { policyTableSuite } from "../../integration/proxy/policy-table.suite.ts";
import { socketWorld } from "../../support/proxy/proxied-world.ts";

describe("LEGACY 7 through the gateway, over a socket and by undici", () =>
  policyTableSuite(socketWorld, { strangers: 4 }));
