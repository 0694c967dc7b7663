import * as z from "zod/mini";
import { findClient, type OAuthClient } from "../../core/oauth/client.ts";
import { readTypedCode } from "../../core/otp/code.ts";
import { CHANNELS, type Channel, localeFrom } from "../../core/otp/message.ts";
import { pageHost } from "../../core/otp/page-host.ts";
import { fail, ok } from "../../core/result.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { startSession } from "../../flows/login/log-in.ts";
import { selectCustomer } from "../../flows/login/select-customer.ts";
import { verifyCode } from "../../flows/login/verify-code.ts";
import { requestCode } from "../../flows/otp/request-code.ts";
import { resendCode } from "../../flows/otp/resend-code.ts";
import type { AnyFailureOf } from "../problems/problems.ts";
import { bodyRoute, type Call, type Route } from "../route.ts";
import { codeSent, loggedIn, selection } from "./present.ts";
import { codeSentShape, loginShape, selectionShape } from "./shapes.ts";

const channel = z.optional(z.enum(CHANNELS));

const codeRequest = z.object({
  phone: z.string(),
  channel,
  locale: z.optional(z.string()),
  device_token: z.optional(z.string()),
  client_id: z.optional(z.string()),
});
const resendRequest = z.object({
  challenge_id: z.string(),
  channel,
  client_id: z.optional(z.string()),
});
const verifyRequest = z.object({ challenge_id: z.string(), code: z.string() });
const selectRequest = z.object({ selection_token: z.string(), customer_v2_id: z.string() });

/** The problems of a login with a right code. */
export const LOGIN_PROBLEMS = [
  "otp-rejected",
  "rate-limited",
  "customer-stopped",
  "user-inactive",
  "link-conflict",
] as const;

/** The login of a customer: phone, code, and a choice where needed. */
export const otpRoutes: readonly Route[] = [
  bodyRoute(
    {
      method: "POST",
      path: "/auth/otp",
      tag: "login",
      summary: "Ask for a one-time code",
      limit: "code-per-address",
      body: codeRequest,
      answers: { 202: codeSentShape },
      problems: ["phone-unsupported", "otp-rejected", "rate-limited", "sms-unavailable"],
    },
    async ({ gateway, header, site, source }, body) => {
      const unserved = unservedChannel(gateway, body.channel) ?? unknownApp(gateway, body);
      if (unserved) return fail(unserved);
      const { templates } = gateway.rules.message;
      const sent = await requestCode(gateway, {
        phone: body.phone,
        channel: body.channel ?? "sms",
        locale: localeFrom(templates, body.locale, header("accept-language")),
        deviceToken: body.device_token,
        via: "api",
        source,
        host: pageHost(header("origin"), site),
        appHash: appOf(gateway, body)?.smsAppHash ?? null,
      });
      return sent.ok ? ok({ status: 202, json: codeSent(sent.value) }) : sent;
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/auth/otp/resend",
      tag: "login",
      summary: "Send the same code once more",
      limit: "code-per-address",
      body: resendRequest,
      answers: { 202: codeSentShape },
      problems: ["otp-rejected", "otp-exhausted", "rate-limited", "sms-unavailable"],
    },
    async ({ gateway, header, site, source }, body) => {
      const unserved = unservedChannel(gateway, body.channel) ?? unknownApp(gateway, body);
      if (unserved) return fail(unserved);
      const { challenge_id: challengeId, channel: on } = body;
      const appHash = appOf(gateway, body)?.smsAppHash ?? null;
      const host = pageHost(header("origin"), site);
      const sent = await resendCode(gateway, { appHash, challengeId, channel: on, host, source });
      return sent.ok ? ok({ status: 202, json: codeSent(sent.value) }) : sent;
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/auth/otp/verify",
      tag: "login",
      summary: "Show the code and log in, or get the customers to choose from",
      limit: "verify-per-address",
      body: verifyRequest,
      answers: { 200: z.xor([loginShape, selectionShape]) },
      problems: [...LOGIN_PROBLEMS, "otp-exhausted"],
    },
    async (call, body) => {
      // A typing slip costs no try; its answer reveals nothing about the code.
      if (readTypedCode(body.code) === null) return fail(notSixDigits);
      const { gateway } = call;
      const shown = { code: body.code, userAgent: userAgent(call), source: call.source };
      const verified = await verifyCode(gateway, body.challenge_id, shown, startSession);
      if (!verified.ok) return verified;
      const { value } = verified;
      const json = "accessToken" in value ? loggedIn(value) : selection(value);
      return ok({ status: 200, json } as const);
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/auth/otp/select",
      tag: "login",
      summary: "Choose one of the phone's customers and log in",
      limit: "verify-per-address",
      body: selectRequest,
      answers: { 200: loginShape },
      problems: [...LOGIN_PROBLEMS, "not-owner"],
    },
    async (call, body) => {
      const { customer_v2_id, selection_token } = body;
      const { gateway } = call;
      const agent = userAgent(call);
      const login = await selectCustomer(
        gateway,
        selection_token,
        customer_v2_id,
        agent,
        startSession,
      );
      return login.ok ? ok({ status: 200, json: loggedIn(login.value) }) : login;
    },
  ),
];

const notSixDigits: AnyFailureOf<"validation-failed"> = {
  reason: "validation-failed",
  errors: [{ pointer: "/code", detail: "must be six digits" }],
};

function unservedChannel(
  { sender }: Gateway,
  wanted: Channel | undefined,
): AnyFailureOf<"validation-failed"> | null {
  if (wanted === undefined || sender.channels.includes(wanted)) return null;
  const detail = `must be one of: ${sender.channels.join(", ")}`;
  return { reason: "validation-failed", errors: [{ pointer: "/channel", detail }] };
}

interface NamesApp {
  readonly client_id?: string | undefined;
}

/** An app names itself for the hash in its message, and for nothing else: the login stays direct. */
const appOf = ({ rules }: Gateway, { client_id: id = "" }: NamesApp): OAuthClient | undefined =>
  findClient(rules.oauth.clients, id);

function unknownApp(gateway: Gateway, body: NamesApp): AnyFailureOf<"validation-failed"> | null {
  if (body.client_id === undefined || appOf(gateway, body) !== undefined) return null;
  const errors = [{ pointer: "/client_id", detail: "must name a registered client" }];
  return { reason: "validation-failed", errors };
}

const userAgent = ({ header }: Call): string => header("user-agent") ?? "";
