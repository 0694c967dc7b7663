import { describe, expect, it } from "vitest";
import { jsonLog } from "../../../src/adapters/console/log.ts";
import { nodeRuntime } from "../../../src/runtimes/node/node-runtime.ts";
import { openProvider } from "../../../src/runtimes/shared/open-provider.ts";
import { loaded } from "../../support/gateway/load-settings.ts";

const TWILIO = {
  NODE_ENV: "development",
  SMS_PROVIDER: "twilio",
  PUBLIC_URL: "https://door.example",
  ALLOWED_ORIGINS: "https://door.example",
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "0123456789abcdef0123456789abcdef",
  TWILIO_MESSAGING_SERVICE_SID: `MG${"0".repeat(32)}`,
  TWILIO_VERIFY_SERVICE_SID: `VA${"0".repeat(32)}`,
};

/** The lines about texts that a start writes. */
async function linesOf(env: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const log = jsonLog({ level: "info", now: () => 0, write: (line) => lines.push(line) });
  const { settings } = loaded({ ...TWILIO, ...env });
  await openProvider(settings as Parameters<typeof openProvider>[0], nodeRuntime(log), log);
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "text");
}

describe("the start with a real sender", () => {
  it("the start with a real sender writes one line for each text: its cost, and the text to register", async () => {
    expect(await linesOf({ SMS_SENDER: "VM-EARLYB" })).toEqual([
      {
        ...{ time: "1970-01-01T00:00:00.000Z", level: "info", event: "text" },
        ...{ language: "en", encoding: "gsm-7", segments: 1 },
        ...{ hosts: "door.example", sender: "VM-EARLYB" },
        register:
          "{#var#} is your EarlyBird login code. It expires in 5 minutes. Do not share it with anyone.\n\n@door.example #{#var#}",
      },
      expect.objectContaining({
        ...{ level: "warn", event: "text", language: "hi", encoding: "ucs-2", segments: 2 },
        register: expect.stringMatching(/^\{#var#\} आपका .+\n\n@door\.example #\{#var#\}$/s),
      }),
    ]);
  });

  it("the start with a real sender names every language that has a text, and each host that a text can have", async () => {
    const lines = await linesOf({
      SMS_TEMPLATE_KN: "{code} ಕೋಡ್\\n{origin_line}",
      ALLOWED_ORIGINS: "https://app.example,capacitor://localhost",
      OTP_DOMAIN: "otp.example",
    });
    expect(lines.map(({ language }) => language)).toEqual(["en", "hi", "kn"]);
    const [, , kannada] = lines;
    expect(kannada).toMatchObject({
      encoding: "ucs-2",
      hosts: "door.example app.example otp.example",
      register: "{#var#} ಕೋಡ್\n@{#var#} #{#var#}",
      sender: null,
    });
  });

  it("the start with a real sender counts the segments with the longest host, and warns of one that is too long for a variable", async () => {
    const long = `${"a".repeat(40)}.example`;
    const [english] = await linesOf({
      ALLOWED_ORIGINS: `https://${long}`,
      SMS_BRAND: "B".repeat(30),
    });
    expect(english).toMatchObject({ level: "warn", segments: 2 });
    expect(english.reason).toContain("longer than the 30 characters");
    const [alone] = await linesOf({
      PUBLIC_URL: `https://${long}`,
      ALLOWED_ORIGINS: `https://${long}`,
    });
    expect(alone).toMatchObject({ level: "info", segments: 1, hosts: long });
  });

  it("the start with a real sender writes one line for each text of an app with an SMS Retriever hash, and warns of one that the app cannot read", async () => {
    const client = {
      ...{ client_id: "app", client_name: "The app", redirect_uris: ["com.example.app:/cb"] },
      ...{ token_endpoint_auth_method: "none", id_token_signed_response_alg: "ES256" },
    };
    const withHash = { ...client, client_id: "android", sms_app_hash: "FA+9qCX9VSu" };
    const lines = await linesOf({
      OAUTH_CLIENTS: JSON.stringify([client, withHash]),
      OTP_DOMAIN: "otp.example",
    });
    expect(lines.filter((line) => "client" in line)).toEqual([
      expect.objectContaining({
        ...{ level: "info", client: "android", language: "en", encoding: "gsm-7", segments: 1 },
        register: expect.stringMatching(
          /^\{#var#\} is .+\n\n@otp\.example #\{#var#\}\nFA\+9qCX9VSu$/s,
        ),
      }),
      expect.objectContaining({
        ...{ level: "warn", client: "android", language: "hi" },
        reason: expect.stringContaining("140 bytes"),
      }),
    ]);
  });

  it("the start with Twilio Verify writes none: Verify sends words of its own", async () => {
    expect(await linesOf({ SMS_PROVIDER: "twilio-verify" })).toEqual([]);
  });
});
