import { fail, ok } from "../core/result.ts";
import { reportDelivery } from "../flows/report-delivery.ts";
import { type Answer, type Route, route } from "./route.ts";

const MAX_FORM_BYTES = 16 * 1024;

/** Where Twilio tells what became of a message. */
export const twilioStatusRoute: Route = route(
  { method: "POST", path: "/webhooks/twilio/status", summary: "Twilio's signed status callback" },
  async ({ gateway, header, request, site }): Promise<Answer> => {
    if (Number(header("content-length") ?? 0) > MAX_FORM_BYTES) {
      return fail({ reason: "payload-too-large" });
    }
    const form = new URLSearchParams(await request.text());
    // What Twilio signed is the URL that it was given: ours, whatever Host says.
    const { search } = new URL(request.url);
    const url = `${site.publicUrl}/webhooks/twilio/status${search}`;
    const signature = header("x-twilio-signature") ?? null;
    const report = await site.deliveryReports?.read(url, form, signature);
    if (!report) return fail({ reason: "not-owner" });
    reportDelivery(gateway, report);
    return ok({ status: 204 });
  },
);
