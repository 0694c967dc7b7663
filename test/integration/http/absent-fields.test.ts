import { expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { askForCode, challengeFor, logIn, post, resend } from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";

const PHONE = "9876500001";
const documents = { customers_v2: [customer("c-1", PHONE)] };

test("null in an optional field of a request for a code counts as left out", async () => {
  const gateway = await testGateway({ documents });
  const nulls = { channel: null, locale: null, device_token: null };
  const asked = await askForCode(gateway, PHONE, nulls);
  expect([asked.status, asked.body.channel]).toEqual([202, "sms"]);
  expect(gateway.outbox.latest()).toMatchObject([{ channel: "sms", locale: "en" }]);
});

test("null for the channel sends the code again on the channel of before", async () => {
  const gateway = await testGateway({ documents });
  const { challenge_id } = await challengeFor(gateway, PHONE, { channel: "whatsapp" });
  gateway.clock.advance(60_000);
  const again = await resend(gateway, challenge_id, { channel: null });
  expect([again.status, again.body.channel]).toEqual([202, "whatsapp"]);
});

test("null for the client of a refresh in JSON counts as left out", async () => {
  const gateway = await testGateway({ documents });
  const { refresh_token } = (await logIn(gateway, PHONE)).body;
  const grant = { grant_type: "refresh_token", refresh_token, client_id: null };
  expect((await post(gateway, "/auth/token", grant)).status).toBe(200);
});
