import { describe, expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  describeFleet,
  eventually,
  logOf,
  message,
  messagesTo,
  sharedFleet,
} from "../../support/gateway/fleet.ts";
import { claimsOf, send, type WireAnswer } from "../../support/gateway/gateway-client.ts";
import { TWILIO_ACCOUNT } from "../../support/twilio/twilio-account.ts";

const HOUSEHOLD = "9876500016";
const SINGLE = "9876500001";
const STRANGER = "9876599999";

describeFleet("two gateways on MongoDB, Redis and Twilio, behind a round robin", () => {
  const fleet = sharedFleet({
    customers: [
      customer("c-1", SINGLE),
      customer("c-2", HOUSEHOLD, { name: "Anil" }),
      customer("c-3", `+91${HOUSEHOLD}`, { name: "Rekha" }),
    ],
  });

  /** One step through the balancer, and which of the gateways served it. */
  async function step(method: string, path: string, body?: unknown, token?: string) {
    const { balancer, gateways } = fleet();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await send(balancer, method, path, body, headers);
    const id = answer.headers.get("x-request-id");
    const servedBy = await eventually(() => {
      const at = gateways.findIndex((gateway) =>
        gateway.log().some((line) => line["request_id"] === id),
      );
      return at < 0 ? undefined : at;
    });
    return { ...answer, servedBy };
  }

  it("two gateways on MongoDB, Redis and Twilio, behind a round robin serve a whole login and its session, each step by the other gateway", async () => {
    const served: number[] = [];
    const next = async (...request: Parameters<typeof step>): Promise<WireAnswer> => {
      const answer = await step(...request);
      served.push(answer.servedBy);
      return answer;
    };
    const asked = await next("POST", "/auth/otp", { phone: HOUSEHOLD });
    expect([asked.status, asked.body]).toMatchObject([202, { channel: "sms", resend_in: 30 }]);
    const { challenge_id } = asked.body;
    // Sends are deferred a random while: the first must be out before the next is asked for.
    const sms = await message(fleet(), HOUSEHOLD);
    const resent = await next("POST", "/auth/otp/resend", { challenge_id, channel: "call" });
    expect([resent.status, resent.body.challenge_id]).toEqual([202, challenge_id]);
    const call = await message(fleet(), HOUSEHOLD, 2);
    expect([sms.channel, call.channel, call.code]).toEqual(["sms", "call", sms.code]);
    const { code } = call;
    const wrong = await next("POST", "/auth/otp/verify", { challenge_id, code: other(code) });
    expect([wrong.status, wrong.body.attempts_remaining]).toEqual([400, 4]);
    const proven = await next("POST", "/auth/otp/verify", { challenge_id, code });
    expect(proven.body.customers.map(({ name }: { name: string }) => name).sort()).toEqual([
      "Anil",
      "Rekha",
    ]);
    const { selection_token } = proven.body;
    const choice = { selection_token, customer_v2_id: "c-3" };
    const login = await next("POST", "/auth/otp/select", choice);
    expect([login.status, login.body]).toMatchObject([
      200,
      { first_login: true, customer: { id: "c-3", name: "Rekha" } },
    ]);
    const grant = { grant_type: "refresh_token", refresh_token: login.body.refresh_token };
    const turned = await next("POST", "/auth/token", grant);
    expect(turned.status).toBe(200);
    const token = turned.body.access_token;
    const me = await next("GET", "/auth/me", undefined, token);
    expect([me.status, me.body.customer]).toMatchObject([200, { id: "c-3" }]);
    expect((await next("POST", "/auth/logout", undefined, token)).status).toBe(204);
    expect((await next("GET", "/auth/me", undefined, token)).status).toBe(401);
    expect((await next("POST", "/auth/token", grant)).body.error).toBe("invalid_grant");
    // After the second step the call asked for its code, of the gateway that had not made it.
    expect(served).toEqual(served.map((_, n) => (n < 2 ? n : n + 1) % 2));
    await expectLinked("c-3", claimsOf(token)["sub"]);
  });

  async function expectLinked(customerId: string, userId: unknown): Promise<void> {
    const { mongo } = fleet();
    const users = await mongo.documents("users");
    expect(users.filter((user) => user["customer_v2_id"] === customerId)).toMatchObject([
      { id: userId, role: "customer" },
    ]);
    const customers = await mongo.documents("customers_v2");
    expect(customers.find(({ id }) => id === customerId)).toMatchObject({ user_id: userId });
  }

  it("two gateways on MongoDB, Redis and Twilio, behind a round robin send what was registered: text, sender, callback and life, in the customer's language", async () => {
    const { balancer } = fleet();
    const headers = { "accept-language": "hi-IN,hi;q=0.9,en;q=0.5" };
    const asked = await send(balancer, "POST", "/auth/otp", { phone: SINGLE }, headers);
    const { code, form } = await message(fleet(), SINGLE);
    expect(form).toMatchObject({
      MessagingServiceSid: TWILIO_ACCOUNT.messagingServiceSid,
      StatusCallback: `${balancer.url}/webhooks/twilio/status`,
      ValidityPeriod: "300",
    });
    expect(form["Body"]).toMatch(/[\u0900-\u097f]/);
    expect(form["Body"]?.split("\n").at(-1)).toBe(`@127.0.0.1 #${code}`);
    const body = { challenge_id: asked.body.challenge_id, code };
    expect((await send(balancer, "POST", "/auth/otp/verify", body)).status).toBe(200);
  });

  it("two gateways on MongoDB, Redis and Twilio, behind a round robin send nothing to a stranger, whose right code there is none", async () => {
    const { balancer, twilio } = fleet();
    const before = twilio.received.length;
    const asked = await send(balancer, "POST", "/auth/otp", { phone: STRANGER });
    expect(asked.status).toBe(202);
    const { challenge_id } = asked.body;
    for (const channel of ["call", "whatsapp"]) {
      const resent = await send(balancer, "POST", "/auth/otp/resend", { challenge_id, channel });
      expect(resent.status).toBe(202);
    }
    // Longer than deferred work waits, and than the search for rare spellings rests.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(messagesTo(fleet(), STRANGER)).toEqual([]);
    expect(twilio.received.length).toBe(before);
  });

  describe("log", () => {
    it("no error", () => {
      const faults = logOf(fleet()).filter(({ level }) => level === "error");
      expect(faults).toEqual([]);
    });

    it("no phone, no code and no secret", () => {
      const { env, gateways, twilio } = fleet();
      const text = gateways.map((gateway) => gateway.stdout() + gateway.stderr()).join("\n");
      expect(text).toContain("otp.sent");
      for (const phone of [HOUSEHOLD, SINGLE, STRANGER]) expect(text).not.toContain(phone);
      for (const { code } of twilio.accepted) {
        // Standing alone: six digits inside an id are chance.
        expect(text).not.toMatch(new RegExp(`(?<![\\w-])${code}(?![\\w-])`));
      }
      for (const name of ["TWILIO_AUTH_TOKEN", "SECRET_KEYS", "INDEX_KEY", "REDIS_URL"]) {
        expect(text).not.toContain(env[name]);
      }
    });
  });
});

const other = (code: string): string => (code === "000000" ? "000001" : "000000");
