import { pagesSuite } from "../../integration/proxy/pages.suite.ts";
import { describeEdge } from "../edge-place.ts";
import { proxiedPlace } from "../proxied-place.ts";

describeEdge("a page of the old web app, through the built Worker,", () =>
  pagesSuite(() => proxiedPlace(), { loginOnce: true }),
);
