import { describe, test } from "vitest";
import shared from "../../cases/linking.json" with { type: "json" };
import { HOUSEHOLDS } from "../../cases-extra/households.ts";
import { REFUSED_LINKS } from "../../cases-extra/refused-links.ts";
import { TIES_BY_ID } from "../../cases-extra/ties-by-id.ts";
import { USERS_BY_PHONE } from "../../cases-extra/users-by-phone.ts";
import { type LinkingCase, runLinkingCase } from "../../support/linking/linking-cases.ts";
import { sqliteWorld } from "./sqlite-world.ts";

const SETS: Readonly<Record<string, readonly LinkingCase[]>> = {
  "the shared cases": shared.cases as readonly LinkingCase[],
  "ties by id": TIES_BY_ID,
  "users found by phone": USERS_BY_PHONE,
  households: HOUSEHOLDS,
  contradictions: REFUSED_LINKS,
};

describe("a login over HTTP on SQLite links as LINKING.md says:", () => {
  for (const [set, cases] of Object.entries(SETS)) {
    describe(set, () => {
      test.each(cases)("a login over HTTP on SQLite links as LINKING.md says: $name", (given) =>
        runLinkingCase(sqliteWorld(), given),
      );
    });
  }
});
