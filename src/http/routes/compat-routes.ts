import * as z from "zod/mini";
import { readTypedCode } from "../../core/otp/code.ts";
import { localeFrom } from "../../core/otp/message.ts";
import { pageHost } from "../../core/otp/page-host.ts";
import { fail, ok } from "../../core/result.ts";
import { verifyCompatCode } from "../../flows/login/verify-compat-code.ts";
import { requestCode } from "../../flows/otp/request-code.ts";
import { choiceIn } from "../../login/choice-cookie.ts";
import type { AnyFailureOf } from "../problems/problems.ts";
import { bodyRoute, type Route } from "../route.ts";
import { deviceCookie, deviceTokenOf, isOwnPage } from "./device-cookie.ts";
import { LOGIN_PROBLEMS } from "./otp-routes.ts";
import { compatLogin } from "./present.ts";
import { compatLoginShape, compatSentShape } from "./shapes.ts";

const sendRequest = z.object({ phone: z.string() });
const verifyRequest = z.object({ phone: z.string(), otp: z.string() });

/**
 * The two calls of the old web app's OTP tab (LEGACY 5), which cannot be changed. Neither ever
 * answers 401: on any 401 the page throws its login away.
 */
export const compatRoutes: readonly Route[] = [
  bodyRoute(
    {
      method: "POST",
      path: "/api/auth/otp/send",
      tag: "login",
      limit: "code-per-address",
      summary: "Ask for a one-time code, as the old web app does",
      errors: "compat",
      body: sendRequest,
      answers: { 200: compatSentShape },
      problems: ["phone-unsupported", "otp-rejected", "rate-limited", "sms-unavailable"],
    },
    async (call, { phone }) => {
      const { gateway, header, site, source } = call;
      const { templates } = gateway.rules.message;
      const locale = localeFrom(templates, header("accept-language"));
      const deviceToken = isOwnPage(call) ? deviceTokenOf(call) : undefined;
      const asked = { phone, channel: "sms", locale, deviceToken, source } as const;
      const host = pageHost(header("origin"), site);
      const request = { ...asked, host, appHash: null, via: "compat" } as const;
      const sent = await requestCode(gateway, request);
      // The page shows `otp`, where a careless backend would put the code.
      return sent.ok ? ok({ status: 200, json: { message: SENT, otp: "sent by SMS" } }) : sent;
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/api/auth/otp/verify",
      tag: "login",
      limit: "verify-per-address",
      summary: "Show the code and log in, as the old web app does",
      errors: "compat",
      body: verifyRequest,
      answers: { 200: compatLoginShape },
      problems: [...LOGIN_PROBLEMS, "phone-unsupported", "otp-exhausted", "several-accounts"],
    },
    async (call, { otp, phone }) => {
      if (readTypedCode(otp) === null) return fail(notSixDigits);
      const { gateway, header, site, source } = call;
      const userAgent = header("user-agent") ?? "";
      const browser = isOwnPage(call)
        ? { deviceToken: deviceTokenOf(call), choice: choiceIn(site, header("cookie")) }
        : null;
      const login = await verifyCompatCode(gateway, {
        phone,
        code: otp,
        userAgent,
        browser,
        source,
      });
      if (!login.ok) return login;
      const { deviceToken } = login.value;
      const headers = deviceToken === null ? {} : { "Set-Cookie": deviceCookie(deviceToken, site) };
      return ok({ status: 200, json: compatLogin(login.value), headers });
    },
  ),
];

/** The same for every phone: whether a message is sent depends on the phone's owner. */
const SENT = "If this number is registered, a code is on its way.";

const notSixDigits: AnyFailureOf<"validation-failed"> = {
  reason: "validation-failed",
  errors: [{ pointer: "/otp", detail: "must be six digits" }],
};
