import * as z from "zod/mini";
import { fail, ok, type Result } from "../../core/result.ts";
import { reportDelivery } from "../../flows/otp/report-delivery.ts";
import { speakCode } from "../../flows/otp/speak-code.ts";
import type { DeliveryReports, VoiceCalls } from "../../ports/sms.ts";
import { readText } from "../middleware/request-body.ts";
import type { AnyFailureOf } from "../problems/problems.ts";
import { type Call, type Route, route } from "../route.ts";

/** The message provider's status callbacks. */
export const statusRoute = (reports: DeliveryReports): Route =>
  route(
    {
      method: "POST",
      path: reports.path,
      tag: "service",
      summary: "The message provider's signed status callback",
      credential: "provider-signature",
      body: { kind: "form", schema: z.catchall(z.object({}), z.string()) },
      answers: { 204: null },
      problems: ["payload-too-large", "request-malformed", "request-timeout", "not-owner"],
    },
    async (call) => {
      const report = await callbackOf(call, reports);
      if (!report.ok) return report;
      reportDelivery(call.gateway, report.value);
      return ok({ status: 204 } as const);
    },
  );

/** The message provider's requests for a call's script after a key press. */
export const voiceRoute = (calls: VoiceCalls): Route =>
  route(
    {
      method: "POST",
      path: calls.path,
      tag: "service",
      summary: "The message provider's signed question what a call says after a key was pressed",
      credential: "provider-signature",
      body: { kind: "form", schema: z.catchall(z.object({}), z.string()) },
      answers: { 200: calls.type },
      problems: [
        "payload-too-large",
        "request-malformed",
        "request-timeout",
        "not-owner",
        "store-unavailable",
      ],
    },
    async (call) => {
      const pressed = await callbackOf(call, calls);
      if (!pressed.ok) return pressed;
      const spoken = await speakCode(call.gateway, pressed.value);
      if (!spoken.ok) return spoken;
      const { code, locale } = spoken.value;
      return ok({ status: 200, text: calls.script(locale, code), type: calls.type } as const);
    },
  );

interface Callbacks<T> {
  readonly path: string;
  readonly signatureHeader: string;
  read(url: string, form: URLSearchParams, signature: string | null): Promise<T | null>;
}

async function callbackOf<T>(
  { body, header, site, url: called }: Call,
  { path, read, signatureHeader }: Callbacks<T>,
): Promise<
  Result<
    T,
    AnyFailureOf<"payload-too-large" | "request-malformed" | "request-timeout" | "not-owner">
  >
> {
  // Anyone may post here: no more is read than a callback has.
  const text = await readText({ body });
  if (!text.ok) return text;
  const form = new URLSearchParams(text.value);
  // The provider signs the URL that we gave it, independent of Host.
  const { search } = new URL(called);
  const url = `${site.publicUrl}${path}${search}`;
  const callback = await read(url, form, header(signatureHeader) ?? null);
  return callback === null ? fail({ reason: "not-owner" }) : ok(callback);
}
