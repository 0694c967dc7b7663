import { describe, expect, it } from "vitest";
import { consoleSender } from "../../../src/adapters/console/sender.ts";
import { loadSettings } from "../../../src/config/load-settings.ts";
import { providerRules } from "../../../src/config/rules.ts";
import type { Settings } from "../../../src/config/schema.ts";
import { rowsOf } from "../../../src/config/setting.ts";
import {
  isOfProvider,
  PROVIDER_SETTINGS,
  SMS_PROVIDER_NAMES,
  SMS_PROVIDERS,
  type SmsProvider,
} from "../../../src/config/sms-providers.ts";
import { originOf } from "../../../src/core/address/origin.ts";
import { DEFAULT_TEMPLATES } from "../../../src/core/otp/message.ts";
import { routesOf } from "../../../src/http/create-app.ts";
import { openApiDocument } from "../../../src/http/openapi/openapi.ts";
import { FULL_SITE } from "../../support/gateway/every-site.ts";

/** A provider as somebody would add it: its adapter, and this one entry. */
const STUB = {
  says: null,
  requires: [["STUB_KEY"], ["STUB_FROM", "STUB_POOL"]],
  sendsOurText: true,
  open: async (_values, { runtime }) => ({
    sender: consoleSender(runtime),
    deliveryReports: {
      path: "/webhooks/stub",
      signatureHeader: "X-Stub-Signature",
      read: async () => null,
    },
    readReport: null,
    voiceCalls: null,
    outbox: null,
  }),
} as const satisfies SmsProvider;

const runtime = {
  now: () => 0,
  sleep: async () => undefined,
  randomBytes: (length: number) => new Uint8Array(length),
};

describe("the providers of messages", () => {
  it("the providers of messages are what SMS_PROVIDER takes, and no other name is", () => {
    for (const name of SMS_PROVIDER_NAMES) {
      const loaded = loadSettings({ NODE_ENV: "development", SMS_PROVIDER: name });
      const reasons = loaded.ok ? [] : loaded.failure.map(({ reason }) => reason);
      expect(
        reasons.filter((reason) => !reason.endsWith(`required by SMS_PROVIDER=${name}`)),
      ).toEqual([]);
    }
    const loaded = loadSettings({ SMS_PROVIDER: "stub" });
    expect(loaded.ok ? [] : loaded.failure).toContainEqual({
      setting: "SMS_PROVIDER",
      reason: `must be one of ${SMS_PROVIDER_NAMES.join(", ")}`,
    });
  });

  it("the providers of messages require settings that there are, and whose names say whose they are", () => {
    const names = rowsOf(PROVIDER_SETTINGS).map(({ name }) => name);
    expect(names.filter((name) => !isOfProvider(name))).toEqual([]);
    const required = Object.values(SMS_PROVIDERS).flatMap(({ requires }) => requires.flat());
    expect(required.filter((name) => !names.includes(name))).toEqual([]);
  });

  it("the providers of messages are refused in production where nothing opens them: they send nothing", () => {
    for (const [name, { open }] of Object.entries(SMS_PROVIDERS)) {
      const loaded = loadSettings({ NODE_ENV: "production", SMS_PROVIDER: name });
      const wrong = loaded.ok ? [] : loaded.failure.map(({ setting }) => setting);
      expect(wrong.includes("SMS_PROVIDER")).toBe(open === null);
    }
  });
});

describe("a provider that is added", () => {
  const asked = { smsProvider: "stub" } as unknown as Settings;
  const missing = (...given: readonly string[]) =>
    providerRules({ stub: STUB }).flatMap(({ breach, setting }) => {
      const reason = breach(asked, new Map(given.map((name) => [name, "x"])));
      return reason === null ? [] : [`${setting} ${reason}`];
    });

  it("a provider that is added is asked for its settings by name, any one of a row", () => {
    expect(missing()).toEqual([
      "STUB_KEY is required by SMS_PROVIDER=stub",
      "STUB_FROM or STUB_POOL is required by SMS_PROVIDER=stub",
    ]);
    expect(missing("STUB_KEY", "STUB_POOL")).toEqual([]);
  });

  it("a provider that is added has its callback served and described where its adapter says", async () => {
    const place = {
      log: { write: () => undefined },
      runtime,
      codeTtlSeconds: 300,
      message: { templates: DEFAULT_TEMPLATES, brand: "Stub", domain: "stub.example" },
      publicUrl: originOf(new URL("https://door.example")),
    };
    const { deliveryReports, voiceCalls } = await STUB.open({} as never, place);
    const site = { ...FULL_SITE, deliveryReports, voiceCalls };
    const document = JSON.stringify(openApiDocument(routesOf(site), site));
    expect(document).toContain('"/webhooks/stub":');
    expect(document).toContain("X-Stub-Signature");
    expect(document).not.toMatch(/twilio/i);
  });
});
