import { describe, expect, test } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { parseTypedPhone } from "../../../src/core/phone/phone.ts";
import {
  type ExplainedCustomer,
  explainPerson,
} from "../../../src/flows/operator/linking/explain-person.ts";
import { spellingSearch } from "../../../src/flows/operator/reading/search-spellings.ts";
import { readSample } from "../../../src/runtimes/node/sample-data.ts";
import shared from "../../cases/linking.json" with { type: "json" };
import { HOUSEHOLDS } from "../../cases-extra/households.ts";
import { REFUSED_LINKS } from "../../cases-extra/refused-links.ts";
import { TIES_BY_ID } from "../../cases-extra/ties-by-id.ts";
import { USERS_BY_PHONE } from "../../cases-extra/users-by-phone.ts";
import {
  type Answer,
  askForCode,
  newestCode,
  select,
  verify,
} from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import type { LinkingCase } from "../../support/linking/linking-cases.ts";

/** Logs the customer in, to the answer of the last step; null where no code was sent. */
async function logInAs(gateway: TestGateway, phone: string, id: string): Promise<Answer | null> {
  const asked = await askForCode(gateway, phone);
  const code = newestCode(gateway, phone);
  if (code === undefined) return null;
  const verified = await verify(gateway, asked.body.challenge_id, code);
  const token: string | undefined = verified.body.selection_token;
  return token === undefined ? verified : select(gateway, token, id);
}

/** What the answer must be, if the explanation is right. */
function expectForetold(
  login: ExplainedCustomer["login"],
  answer: Answer | null,
  id: string,
): void {
  if (login === null) {
    expect(answer).toBeNull();
    return;
  }
  const { body } = answer ?? { body: null };
  const codes = {
    stopped: "customer-stopped",
    inactive: "user-inactive",
    conflict: "link-conflict",
  };
  switch (login.kind) {
    case "stopped":
      // A live one of the same phone logs in unasked in their place.
      if (body?.customer !== undefined) expect(body.customer.id).not.toBe(id);
      else expect(body).toMatchObject({ code: codes.stopped });
      break;
    case "inactive":
    case "conflict":
      expect(body).toMatchObject({ code: codes[login.kind] });
      break;
    case "linked":
    case "reuse":
      expect(body).toMatchObject({
        user: { id: login.user.id },
        first_login: login.kind === "reuse",
      });
      break;
    case "create":
      expect(body).toMatchObject({ user: { id: login.ids.userId }, first_login: true });
  }
}

const CASES: readonly LinkingCase[] = [
  ...(shared.cases as readonly LinkingCase[]),
  ...[...TIES_BY_ID, ...USERS_BY_PHONE, ...HOUSEHOLDS, ...REFUSED_LINKS],
];

/** Every customer of the documents who has an id and a phone that can be proven. */
function peopleOf(gateway: TestGateway, customers: readonly Readonly<Record<string, unknown>>[]) {
  return customers.flatMap(({ id, phone }) => {
    const parsed = parseTypedPhone(String(phone).replace(".0", ""), gateway.settings.rules.phone);
    return typeof id === "string" && id !== "" && parsed !== null ? [{ id, phone: parsed }] : [];
  });
}

/** The one of them whom the login is about. */
async function foretold(gateway: TestGateway, asked: string, id: string, phone: Phone) {
  const search = spellingSearch(gateway.gateway, 60_000);
  const { customers } = await explainPerson(gateway.gateway, asked, search);
  const found = customers.filter(({ customer }) => customer.id === id && customer.phone === phone);
  expect(found.length, `${asked} finds ${id}`).toBeGreaterThan(0);
  return found[0]?.login ?? null;
}

describe("`doorstep who` says of each customer what a login then does:", () => {
  for (const { customers_v2, name, users } of CASES) {
    test(name, async () => {
      const people = peopleOf(await testGateway(), customers_v2);
      for (const { id, phone } of people) {
        const gateway = await testGateway({ documents: { customers_v2, users } });
        const [byPhone, byId] = [
          await foretold(gateway, phone, id, phone),
          await foretold(gateway, id, id, phone),
        ];
        expect(byId?.kind, "asked by id and by phone alike").toBe(byPhone?.kind);
        expectForetold(byId, await logInAs(gateway, phone, id), id);
      }
    });
  }
});

describe("`doorstep who` on the sample", async () => {
  const sample = readSample();
  const people = peopleOf(await testGateway(), sample.customers_v2);
  test.each(people)("`doorstep who` on the sample: $id", async ({ id, phone }) => {
    const gateway = await testGateway({ documents: sample });
    const login = await foretold(gateway, id, id, phone);
    expectForetold(login, await logInAs(gateway, phone, id), id);
  });
});
