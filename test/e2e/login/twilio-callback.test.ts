import { expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  audited,
  describeFleet,
  eventually,
  logOf,
  message,
  sharedFleet,
} from "../../support/gateway/fleet.ts";
import { send, verify } from "../../support/gateway/gateway-client.ts";
import { TWILIO_ACCOUNT } from "../../support/twilio/twilio-account.ts";

const [PHONE, OTHER] = ["9876500001", "9876500002"];
const STATUS = "/webhooks/twilio/status";

describeFleet("a Twilio that reports back to two gateways behind a balancer", () => {
  const fleet = sharedFleet({ customers: [customer("c-1", PHONE), customer("c-2", OTHER)] });

  const reported = (sid: string) =>
    audited(logOf(fleet()), "otp.reported").filter((line) => line["message_id"] === sid);

  it("a Twilio that reports back to two gateways behind a balancer is believed by its signature: 204, and one audit line for each end", async () => {
    const { balancer, twilio } = fleet();
    const asked = await send(balancer, "POST", "/auth/otp", { phone: PHONE });
    const { challenge_id } = asked.body;
    const sms = await message(fleet(), PHONE);
    await send(balancer, "POST", "/auth/otp/resend", { challenge_id, channel: "call" });
    const call = await message(fleet(), PHONE, 2);
    for (const status of ["sent", "delivered"]) {
      expect(await twilio.report(sms.sid, status)).toBe(204);
    }
    expect(await twilio.report(call.sid, "no-answer")).toBe(204);
    expect(await twilio.report(sms.sid, "undelivered", "30006")).toBe(204);
    await eventually(() => (reported(sms.sid).length > 1 ? true : undefined));
    expect(
      reported(sms.sid)
        .map((line) => line["detail"])
        .sort(),
    ).toEqual(["delivered", "undelivered 30006"]);
    expect(reported(call.sid)).toMatchObject([{ detail: "no-answer" }]);
    const sent = audited(logOf(fleet()), "otp.sent").map((line) => line["message_id"]);
    expect(sent, "what was sent can be told from what arrived").toEqual(
      expect.arrayContaining([sms.sid, call.sid]),
    );
  });

  it("a Twilio that reports back to two gateways behind a balancer is not believed without one, or with another's: 403, and nothing is kept", async () => {
    const { balancer } = fleet();
    await send(balancer, "POST", "/auth/otp", { phone: OTHER });
    const { sid, to } = await message(fleet(), OTHER);
    const form = { AccountSid: TWILIO_ACCOUNT.accountSid, MessageSid: sid, To: to };
    const body = new URLSearchParams({ ...form, MessageStatus: "delivered" });
    const signatures = [undefined, "", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "rubbish"];
    for (const signature of signatures) {
      const headers = signature === undefined ? {} : { "x-twilio-signature": signature };
      const answer = await fetch(balancer.url + STATUS, { method: "POST", body, headers });
      expect([answer.status, (await answer.json()).code]).toEqual([403, "not-owner"]);
    }
    expect(reported(sid)).toEqual([]);
  });
});

describeFleet("a Twilio Verify that carries our own code", () => {
  const env = {
    SMS_PROVIDER: "twilio-verify",
    TWILIO_VERIFY_SERVICE_SID: TWILIO_ACCOUNT.verifyServiceSid,
  };
  const fleet = sharedFleet({ customers: [customer("c-1", PHONE)], env });

  it("a Twilio Verify that carries our own code is told by the other gateway that the code was shown", async () => {
    const { balancer, gateways, twilio } = fleet();
    const asked = await send(gateways[0], "POST", "/auth/otp", { phone: PHONE });
    const sms = await message(fleet(), PHONE);
    expect(sms.form).toMatchObject({ Channel: "sms", CustomCode: sms.code, Locale: "en" });
    const { challenge_id } = asked.body;
    const wrong = sms.code === "000000" ? "000001" : "000000";
    expect((await verify(gateways[1], challenge_id, wrong)).status).toBe(400);
    expect(twilio.verifications.map(({ status }) => status)).toEqual(["pending"]);
    expect((await verify(gateways[1], challenge_id, sms.code)).status).toBe(200);
    await eventually(() => (twilio.verifications[0]?.status === "approved" ? true : undefined));
    const text = gateways.map((gateway) => gateway.stdout()).join("\n");
    expect(text).not.toContain("report-shown-failed");
    expect(await send(balancer, "POST", STATUS)).toMatchObject({ status: 403 });
  });
});
