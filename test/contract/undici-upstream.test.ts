import { undiciUpstream } from "../../src/adapters/undici/upstream.ts";
import { upstreamSuite } from "./upstream.suite.ts";

upstreamSuite("undici", undiciUpstream);
