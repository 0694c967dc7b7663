import { describe, test } from "vitest";
import shared from "../cases/linking.json" with { type: "json" };
import { HOUSEHOLDS } from "../cases-extra/households.ts";
import { REFUSED_LINKS } from "../cases-extra/refused-links.ts";
import { TIES_BY_ID } from "../cases-extra/ties-by-id.ts";
import { USERS_BY_PHONE } from "../cases-extra/users-by-phone.ts";
import { type LinkingCase, runLinkingCase } from "../support/linking-cases.ts";
import { describeMongo } from "../support/mongo-suite.ts";
import { mongoWorld } from "../support/mongo-world.ts";

const CASES: readonly LinkingCase[] = [
  ...(shared.cases as readonly LinkingCase[]),
  ...[...TIES_BY_ID, ...USERS_BY_PHONE, ...HOUSEHOLDS, ...REFUSED_LINKS],
];

describeMongo("a login over HTTP on MongoDB links as LINKING.md says:", (mongo) => {
  describe("without any index", () => {
    test.each(CASES)("$name", (given) => runLinkingCase(mongoWorld(mongo), given));
  });
});
