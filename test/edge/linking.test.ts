import { describe, test } from "vitest";
import shared from "../cases/linking.json" with { type: "json" };
import { type LinkingCase, runLinkingCase } from "../support/linking-cases.ts";
import { describeEdge, sharedPlace } from "./edge-place.ts";
import { linkingWorld } from "./edge-world.ts";

describeEdge("a login at the built Worker links as LINKING.md says:", () => {
  const place = sharedPlace();
  describe("the shared cases", () => {
    test.each(shared.cases as readonly LinkingCase[])("$name", (given) =>
      runLinkingCase(linkingWorld(place()), given),
    );
  });
});
