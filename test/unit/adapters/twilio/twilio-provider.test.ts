import { expect, it } from "vitest";
import { openTwilio } from "../../../../src/adapters/twilio/provider.ts";
import { originOf } from "../../../../src/core/address/origin.ts";
import { DEFAULT_TEMPLATES } from "../../../../src/core/otp/message.ts";
import { TWILIO_ACCOUNT } from "../../../support/twilio/twilio-account.ts";

const STAND_IN = "http://127.0.0.1:9";

function opened(publicUrl: string, apiUrl: string | null) {
  const warned: (string | undefined)[] = [];
  const { sender } = openTwilio(
    { ...TWILIO_ACCOUNT, apiUrl },
    {
      log: { write: (_, event, fields) => void warned.push(`${event} ${fields?.["reason"]}`) },
      runtime: {
        now: () => 0,
        sleep: async () => undefined,
        randomBytes: (length) => new Uint8Array(length),
      },
      message: { templates: DEFAULT_TEMPLATES, brand: "EarlyBird", domain: "localhost" },
      codeTtlSeconds: 300,
      publicUrl: originOf(new URL(publicUrl)),
    },
  );
  return { channels: sender.channels, warned };
}

it("Twilio itself cannot call a gateway at a loopback address, and the start says so", () => {
  for (const publicUrl of ["http://localhost:8787", "http://127.0.0.1:8787"]) {
    const { channels, warned } = opened(publicUrl, null);
    expect(channels).not.toContain("call");
    expect(warned).toEqual([expect.stringMatching(/^no-callbacks PUBLIC_URL .*calls/)]);
  }
});

it.each([
  ["at a public address", "https://login.example.com", null],
  ["whose stand-in is beside it", "http://localhost:8787", STAND_IN],
])("a gateway %s offers calls, and is warned of nothing", (_, publicUrl, apiUrl) => {
  const { channels, warned } = opened(publicUrl, apiUrl);
  expect([channels.includes("call"), warned]).toEqual([true, []]);
});
