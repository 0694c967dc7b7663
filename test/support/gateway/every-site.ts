import { originOf } from "../../../src/core/address/origin.ts";
import type { Site } from "../../../src/http/route.ts";

/** A place that serves every route there is. */
export const FULL_SITE: Site = {
  publicUrl: originOf(new URL("https://door.example")),
  issuer: "https://door.example",
  allowedOrigins: [],
  allowedHeaders: [],
  metricsToken: null,
  supportPhone: null,
  adminToken: "admin-token-of-a-full-site-0123456789",
  adminRecords: true,
  trustedProxies: [],
  deliveryReports: {
    path: "/webhooks/twilio/status",
    signatureHeader: "X-Twilio-Signature",
    read: async () => null,
  },
  voiceCalls: {
    path: "/webhooks/twilio/voice",
    signatureHeader: "X-Twilio-Signature",
    type: "text/xml",
    read: async () => null,
    script: () => "",
  },
  outbox: { latest: () => [], takeNews: () => false },
  page: {
    brandName: "EarlyBird",
    brandColor: "#0b6b3a",
    logoUrl: null,
    smsSender: null,
    privacyUrl: null,
    termsUrl: null,
    languages: ["en", "hi"],
  },
};

/** A place that serves only what every place does. */
export const BARE_SITE: Site = {
  ...FULL_SITE,
  adminToken: null,
  adminRecords: false,
  deliveryReports: null,
  voiceCalls: null,
  outbox: null,
};
