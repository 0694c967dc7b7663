import * as z from "zod/mini";
import { fail, ok } from "../../core/result.ts";
import { reportDelivery } from "../../flows/otp/report-delivery.ts";
import type { DeliveryReports } from "../../ports/sms.ts";
import { readText } from "../middleware/request-body.ts";
import { type Route, route } from "../route.ts";

/** Where the message provider tells what became of a message. */
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
      problems: ["payload-too-large", "request-malformed", "not-owner"],
    },
    async ({ gateway, header, request, site }) => {
      // Anybody may post here: no more is read than a report has.
      const text = await readText(request);
      if (!text.ok) return text;
      const form = new URLSearchParams(text.value);
      // What the provider signed is the URL that it was given: ours, whatever Host says.
      const { search } = new URL(request.url);
      const url = `${site.publicUrl}${reports.path}${search}`;
      const report = await reports.read(url, form, header(reports.signatureHeader) ?? null);
      if (!report) return fail({ reason: "not-owner" });
      reportDelivery(gateway, report);
      return ok({ status: 204 } as const);
    },
  );
