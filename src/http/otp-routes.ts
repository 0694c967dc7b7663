import * as z from "zod/mini";
import { readTypedCode } from "../core/code.ts";
import { CHANNELS, type Channel, localeFrom } from "../core/message.ts";
import { fail, ok } from "../core/result.ts";
import type { Gateway } from "../flows/gateway.ts";
import { requestCode } from "../flows/request-code.ts";
import { resendCode } from "../flows/resend-code.ts";
import { selectCustomer } from "../flows/select-customer.ts";
import { verifyCode } from "../flows/verify-code.ts";
import { choice, codeSent, loggedIn } from "./present.ts";
import type { HttpFailure } from "./problems.ts";
import { type Answer, bodyRoute, type Call, type Route } from "./route.ts";

const channel = z.optional(z.enum(CHANNELS));

const codeRequest = z.object({
  phone: z.string(),
  channel,
  locale: z.optional(z.string()),
  device_token: z.optional(z.string()),
});
const resendRequest = z.object({ challenge_id: z.string(), channel });
const verifyRequest = z.object({ challenge_id: z.string(), code: z.string() });
const selectRequest = z.object({ selection_token: z.string(), customer_v2_id: z.string() });

/** The first login of a customer, and every later one: phone, code, and where needed a choice. */
export const otpRoutes: readonly Route[] = [
  bodyRoute(
    {
      method: "POST",
      path: "/auth/otp",
      limit: "code-per-address",
      summary: "Ask for a one-time code",
      body: codeRequest,
    },
    async ({ gateway, header }, body): Promise<Answer> => {
      const unserved = unservedChannel(gateway, body.channel);
      if (unserved) return fail(unserved);
      const sent = await requestCode(gateway, {
        phone: body.phone,
        channel: body.channel ?? "sms",
        locale: localeFrom(body.locale ?? header("accept-language")),
        deviceToken: body.device_token,
        via: "api",
      });
      return sent.ok ? ok({ status: 202, json: codeSent(sent.value) }) : sent;
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/auth/otp/resend",
      limit: "code-per-address",
      summary: "Send the same code once more",
      body: resendRequest,
    },
    async ({ gateway }, body): Promise<Answer> => {
      const unserved = unservedChannel(gateway, body.channel);
      if (unserved) return fail(unserved);
      const sent = await resendCode(gateway, body.challenge_id, body.channel);
      return sent.ok ? ok({ status: 202, json: codeSent(sent.value) }) : sent;
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/auth/otp/verify",
      limit: "verify-per-address",
      summary: "Show the code and log in, or get the customers to choose from",
      body: verifyRequest,
    },
    async (call, body): Promise<Answer> => {
      // A typing slip is told apart before it costs a try; it says nothing about the code.
      if (readTypedCode(body.code) === null) return fail(notSixDigits);
      const { gateway } = call;
      const verified = await verifyCode(gateway, body.challenge_id, body.code, userAgent(call));
      if (!verified.ok) return verified;
      if ("accessToken" in verified.value)
        return ok({ status: 200, json: loggedIn(verified.value) });
      const { customers, selectionToken } = verified.value;
      const json = { selection_token: selectionToken, customers: customers.map(choice) };
      return ok({ status: 200, json });
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/auth/otp/select",
      limit: "verify-per-address",
      summary: "Choose one of the phone's customers and log in",
      body: selectRequest,
    },
    async (call, body): Promise<Answer> => {
      const { customer_v2_id, selection_token } = body;
      const { gateway } = call;
      const login = await selectCustomer(gateway, selection_token, customer_v2_id, userAgent(call));
      return login.ok ? ok({ status: 200, json: loggedIn(login.value) }) : login;
    },
  ),
];

const notSixDigits: HttpFailure = {
  reason: "validation-failed",
  errors: [{ pointer: "/code", detail: "must be six digits" }],
};

function unservedChannel({ sender }: Gateway, wanted: Channel | undefined): HttpFailure | null {
  if (wanted === undefined || sender.channels.includes(wanted)) return null;
  const detail = `must be one of: ${sender.channels.join(", ")}`;
  return { reason: "validation-failed", errors: [{ pointer: "/channel", detail }] };
}

const userAgent = ({ header }: Call): string => header("user-agent") ?? "";
