import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { STATUS_PATH, twilioReports } from "../../../src/adapters/twilio/reports.ts";
import { CHANNELS } from "../../../src/core/otp/message.ts";
import type { DeliveryReport } from "../../../src/ports/sms.ts";
import { freePort } from "../../support/stores/redis-server.ts";
import { TWILIO_ACCOUNT as ACCOUNT } from "../../support/twilio/twilio-account.ts";
import { codeMessage, twilioFixture } from "../../support/twilio/twilio-fixture.ts";
import { startTwilio } from "../../support/twilio/twilio-stand-in.ts";

/** What a gateway does with a callback, and no more. */
async function startGateway() {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const reports = twilioReports(ACCOUNT);
  const read: (DeliveryReport | null)[] = [];
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const signature = request.headers["x-twilio-signature"];
    const shown = typeof signature === "string" ? signature : null;
    read.push(await reports.read(`${publicUrl}${request.url}`, form, shown));
    response.writeHead(read.at(-1) === null ? 403 : 204).end();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { publicUrl, read, stop };
}

describe("a message's fate", () => {
  it("a message's fate comes back to the address that the message named, signed, under the message's id", async () => {
    const [twilio, gateway] = await Promise.all([startTwilio(), startGateway()]);
    const { sender } = twilioFixture({ apiUrl: twilio.url, publicUrl: gateway.publicUrl });
    for (const channel of CHANNELS) {
      const sent = await sender.send(codeMessage({ channel }));
      const messageId = sent.ok ? sent.value.messageId : "";
      expect(await twilio.report(messageId, "failed", "30006")).toBe(204);
      expect(gateway.read.at(-1)).toEqual({ messageId, status: "failed", errorCode: "30006" });
    }
    const forged = { ...ACCOUNT, MessageSid: "SM", MessageStatus: "delivered" };
    const body = new URLSearchParams(forged);
    const response = await fetch(`${gateway.publicUrl}${STATUS_PATH}`, { method: "POST", body });
    expect(response.status).toBe(403);
    await Promise.all([twilio.stop(), gateway.stop()]);
  });
});
