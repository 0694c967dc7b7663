import { describe, expect, onTestFinished, test, vi } from "vitest";
import shared from "../../cases/linking.json" with { type: "json" };
import { HOUSEHOLDS } from "../../cases-extra/households.ts";
import { customer, user } from "../../cases-extra/people.ts";
import { TIES_BY_ID } from "../../cases-extra/ties-by-id.ts";
import { USERS_BY_PHONE } from "../../cases-extra/users-by-phone.ts";
import {
  type Answer,
  askForCode,
  bearer,
  call,
  challengeFor,
  logIn,
  refresh,
  resend,
  select,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { countOf, recorder, stepsOf } from "../../support/gateway/recorder.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import type { LinkingCase } from "../../support/linking/linking-cases.ts";

const PHONE = "9876500001";
const UNKNOWN = "9876599999";
const LINKED = {
  customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
  users: [user("u-1", { customer_v2_id: "c-1" })],
};

/** A gateway, and what the client waited for in the last step. */
async function counted(documents: Parameters<typeof testGateway>[0] & object) {
  const ports = recorder();
  const gateway = await testGateway({ ...documents, ...ports.options });
  return {
    gateway,
    async costOf(step: () => Promise<Answer>) {
      await gateway.runtime.settle();
      ports.take();
      const answer = await step();
      const calls = ports.take();
      const steps = stepsOf(calls);
      const [directory, state, sender] = (["directory", "state", "sender"] as const).map((port) =>
        countOf(
          calls.filter(({ method }) => method !== "available"),
          port,
        ),
      );
      return { answer, steps, cost: { directory, state, sender } };
    },
  };
}

describe("what a client waits for", () => {
  test.each([PHONE, UNKNOWN])(
    "asking for a code: two state trips, and no look-up (%s)",
    async (phone) => {
      const { costOf, gateway } = await counted({ documents: LINKED });
      for (const again of [1, 2, 3]) {
        const { answer, cost } = await costOf(() => askForCode(gateway, phone));
        expect(answer.status, `request ${again}`).toBe(202);
        expect(cost).toEqual({ directory: 0, state: 2, sender: 0 });
      }
      const refused = await costOf(() => askForCode(gateway, phone));
      expect(refused.cost, "a refused event writes nothing").toEqual({
        directory: 0,
        state: 1,
        sender: 0,
      });
    },
  );

  test("asking with a known device: one state trip more", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    const { device_token } = (await logIn(gateway, PHONE)).body;
    const { cost } = await costOf(() => askForCode(gateway, PHONE, { device_token }));
    expect(cost).toEqual({ directory: 0, state: 3, sender: 0 });
  });

  test("a resend: two state trips", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    const { challenge_id } = await challengeFor(gateway, PHONE);
    const { cost } = await costOf(() => resend(gateway, challenge_id, { channel: "call" }));
    expect(cost).toEqual({ directory: 0, state: 2, sender: 0 });
  });

  test("a wrong code: two state trips and no look-up", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    const { cost } = await costOf(() => verify(gateway, challenge_id, wrongFor(code)));
    expect(cost).toEqual({ directory: 0, state: 2, sender: 0 });
  });

  test("a returning login: two look-ups, four state trips", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    const { answer, cost } = await costOf(() => verify(gateway, challenge_id, code));
    expect(answer.body.first_login).toBe(false);
    expect(cost).toEqual({ directory: 2, state: 4, sender: 0 });
  });

  test.each([
    ["both linked", true, 2],
    ["one of them not linked yet", false, 3],
  ] as const)(
    "a household that must choose is looked up as often as it must be: %s",
    async (_, isLinked, lookUps) => {
      const documents = {
        customers_v2: [
          customer("c-1", PHONE, { user_id: "u-1" }),
          customer("c-2", PHONE, isLinked ? { user_id: "u-2" } : {}),
        ],
        users: [user("u-1", { customer_v2_id: "c-1" }), user("u-2", { customer_v2_id: "c-2" })],
      };
      const { costOf, gateway } = await counted({ documents });
      const { challenge_id, code } = await challengeFor(gateway, PHONE);
      const { answer, cost } = await costOf(() => verify(gateway, challenge_id, code));
      expect(answer.body.customers).toHaveLength(2);
      expect(cost).toEqual({ directory: lookUps, state: 2, sender: 0 });
    },
  );

  test("a first login beside somebody who cannot log in: five directory commands at most", async () => {
    const documents = {
      customers_v2: [customer("c-1", PHONE), customer("c-2", PHONE, { user_id: "u-2" })],
      users: [user("u-2", { customer_v2_id: "c-2", is_active: false })],
    };
    const { costOf, gateway } = await counted({ documents });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    const { answer, cost } = await costOf(() => verify(gateway, challenge_id, code));
    expect(answer.body.customer.id).toBe("c-1");
    expect(cost.directory).toBeLessThanOrEqual(5);
  });

  test("a refresh: two look-ups, two state trips; a repeated one writes nothing", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    const { refresh_token } = (await logIn(gateway, PHONE)).body;
    const first = await costOf(() => refresh(gateway, refresh_token));
    expect(first.cost).toEqual({ directory: 2, state: 2, sender: 0 });
    const repeated = await costOf(() => refresh(gateway, refresh_token));
    expect(repeated.answer.status).toBe(200);
    expect(repeated.cost).toEqual({ directory: 2, state: 1, sender: 0 });
  });

  test("the profile: two look-ups, one state trip; the list: one state trip", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    const { access_token } = (await logIn(gateway, PHONE)).body;
    const get = (path: string) => () => call(gateway, "GET", path, undefined, bearer(access_token));
    expect((await costOf(get("/auth/me"))).cost).toEqual({ directory: 2, state: 1, sender: 0 });
    const list = await costOf(get("/auth/sessions"));
    expect(list.cost).toEqual({ directory: 0, state: 1, sender: 0 });
  });
});

describe("the stores are asked in steps, one after the other:", () => {
  test("the stores are asked in two steps for a code, known or not", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    for (const phone of [PHONE, UNKNOWN]) {
      expect((await costOf(() => askForCode(gateway, phone))).steps, phone).toBe(2);
    }
  });

  test("the stores are asked in six steps for a returning login: four of the state, two of the directory", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    expect((await costOf(() => verify(gateway, challenge_id, code))).steps).toBe(6);
  });

  test("the stores are asked in three steps for a refresh: customer and user at once", async () => {
    const { costOf, gateway } = await counted({ documents: LINKED });
    const { refresh_token } = (await logIn(gateway, PHONE)).body;
    expect((await costOf(() => refresh(gateway, refresh_token))).steps).toBe(3);
  });

  test("the stores are not asked for a proxied request once its token and session are remembered", async () => {
    vi.stubGlobal("fetch", async () => new Response("{}"));
    onTestFinished(() => void vi.unstubAllGlobals());
    const env = {
      LEGACY_UPSTREAM_URL: "http://127.0.0.1:9",
      LEGACY_JWT_SECRET: "a secret that no one has published 0123",
    };
    const policy = { rules: [{ match: "GET /api/things", allow: ["customer"] }] };
    const { costOf, gateway } = await counted({ documents: LINKED, env, policy });
    const { access_token } = (await logIn(gateway, PHONE)).body;
    const get = () => call(gateway, "GET", "/api/things", undefined, bearer(access_token));
    expect((await costOf(get)).answer.status).toBe(200);
    const again = await costOf(get);
    expect([again.answer.status, again.steps]).toEqual([200, 0]);
    expect(again.cost).toEqual({ directory: 0, state: 0, sender: 0 });
  });
});

describe("a first login is at most five directory commands:", () => {
  const cases = [...(shared.cases as readonly LinkingCase[]), ...TIES_BY_ID, ...USERS_BY_PHONE]
    .concat(HOUSEHOLDS)
    .filter(({ expect: { outcome } }) => outcome !== "no-sms");
  test.each(cases)(
    "a first login is at most five directory commands: $name",
    async ({ customers_v2, login_phone, pick, users }) => {
      const { costOf, gateway } = await counted({ documents: { customers_v2, users } });
      const { challenge_id, code } = await challengeFor(gateway, login_phone);
      const proved = await costOf(() => verify(gateway, challenge_id, code));
      expect(proved.cost.directory).toBeLessThanOrEqual(5);
      expect(proved.cost.state).toBeLessThanOrEqual(4);
      if (pick === undefined) return;
      const { selection_token } = proved.answer.body;
      const chosen = await costOf(() => select(gateway, selection_token, pick));
      expect(chosen.cost.directory).toBeLessThanOrEqual(5);
    },
  );
});
