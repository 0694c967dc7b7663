import * as z from "zod/mini";
import { readTypedCode } from "../core/code.ts";
import { localeFrom } from "../core/message.ts";
import { fail, ok } from "../core/result.ts";
import { requestCode } from "../flows/request-code.ts";
import { verifyCompatCode } from "../flows/verify-compat-code.ts";
import { compatLogin } from "./present.ts";
import type { HttpFailure } from "./problems.ts";
import { type Answer, bodyRoute, type Route } from "./route.ts";

const sendRequest = z.object({ phone: z.string() });
const verifyRequest = z.object({ phone: z.string(), otp: z.string() });

/**
 * The two calls of the old web app's OTP tab (LEGACY 5), which nobody may change. None ever answers
 * 401, whatever happens: on any 401 the page throws its login away.
 */
export const compatRoutes: readonly Route[] = [
  bodyRoute(
    {
      method: "POST",
      path: "/api/auth/otp/send",
      limit: "code-per-address",
      summary: "Ask for a one-time code, as the old web app does",
      errors: "compat",
      body: sendRequest,
    },
    async ({ gateway, header }, { phone }): Promise<Answer> => {
      const locale = localeFrom(header("accept-language"));
      const request = { phone, channel: "sms", locale, deviceToken: undefined } as const;
      const sent = await requestCode(gateway, { ...request, via: "compat" });
      // The page prints `otp`, where a careless backend would put the code.
      return sent.ok ? ok({ status: 200, json: { message: SENT, otp: "sent by SMS" } }) : sent;
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/api/auth/otp/verify",
      limit: "verify-per-address",
      summary: "Show the code and log in, as the old web app does",
      errors: "compat",
      body: verifyRequest,
    },
    async ({ gateway, header }, { otp, phone }): Promise<Answer> => {
      if (readTypedCode(otp) === null) return fail(notSixDigits);
      const login = await verifyCompatCode(gateway, phone, otp, header("user-agent") ?? "");
      return login.ok ? ok({ status: 200, json: compatLogin(login.value) }) : login;
    },
  ),
];

/** The same for every phone: whether anything is sent depends on whose it is. */
const SENT = "If this number is registered, a code is on its way.";

const notSixDigits: HttpFailure = {
  reason: "validation-failed",
  errors: [{ pointer: "/otp", detail: "must be six digits" }],
};
