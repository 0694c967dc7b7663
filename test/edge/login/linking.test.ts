import { describe, test } from "vitest";
import shared from "../../cases/linking.json" with { type: "json" };
import { HOUSEHOLDS } from "../../cases-extra/households.ts";
import { REFUSED_LINKS } from "../../cases-extra/refused-links.ts";
import { TIES_BY_ID } from "../../cases-extra/ties-by-id.ts";
import { USERS_BY_PHONE } from "../../cases-extra/users-by-phone.ts";
import { type LinkingCase, runLinkingCase } from "../../support/linking/linking-cases.ts";
import { describeEdge, sharedPlace } from "../edge-place.ts";
import { isIndexed, linkingWorld } from "../edge-world.ts";

const SETS: Readonly<Record<string, readonly LinkingCase[]>> = {
  "the shared cases": shared.cases as readonly LinkingCase[],
  "ties by id": TIES_BY_ID,
  "users found by phone": USERS_BY_PHONE,
  households: HOUSEHOLDS,
  contradictions: REFUSED_LINKS,
};

describeEdge("a login at the built Worker links as LINKING.md says:", () => {
  const place = sharedPlace();
  const play = (cases: readonly LinkingCase[]) =>
    test.each(cases)("a login at the built Worker links as LINKING.md says: $name", (given) =>
      runLinkingCase(linkingWorld(place()), given),
    );
  const sets = Object.entries(SETS);
  // First: the Worker trusts a search that met no such spelling for twenty times its duration.
  describe("spellings that no index lists", () => {
    play(sets.flatMap(([, cases]) => cases.filter((given) => !isIndexed(given.customers_v2))));
  });
  for (const [set, cases] of sets) {
    describe(set, () => {
      play(cases.filter((given) => isIndexed(given.customers_v2)));
    });
  }
});
