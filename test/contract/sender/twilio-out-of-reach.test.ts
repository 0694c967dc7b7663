import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../support/stores/redis-server.ts";
import { codeMessage, TRANSPORTS, twilioFixture } from "../../support/twilio/twilio-fixture.ts";
import { startTwilio, type TwilioStandIn } from "../../support/twilio/twilio-stand-in.ts";

describe.each(Object.keys(TRANSPORTS))("a Twilio out of reach, through %s", (transport) => {
  let server: Server | null = null;
  afterEach(() => {
    server?.close();
    server = null;
  });

  it("is tried again where the connection is refused, and gets one message when it is up", async () => {
    const port = await freePort();
    let twilio: TwilioStandIn | undefined;
    const onWait = async () => {
      twilio = await startTwilio({ port });
    };
    const { sender, waits } = twilioFixture({
      apiUrl: `http://127.0.0.1:${port}`,
      transport,
      onWait,
    });
    expect((await sender.send(codeMessage())).ok).toBe(true);
    expect(waits).toHaveLength(1);
    expect(twilio?.accepted).toHaveLength(1);
    await twilio?.stop();
  });

  it("is tried three times and no more", async () => {
    const apiUrl = `http://127.0.0.1:${await freePort()}`;
    const { sender, waits } = twilioFixture({ apiUrl, transport });
    const sent = await sender.send(codeMessage());
    expect(sent).toEqual({ ok: false, failure: { code: "network ECONNREFUSED" } });
    expect(waits).toHaveLength(2);
  });

  it("is tried again where the connection is cut during the TLS handshake", async () => {
    let connections = 0;
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server?.listen(port, "127.0.0.1", resolve));
    const { sender } = twilioFixture({ apiUrl: `https://127.0.0.1:${port}`, transport });
    expect(await sender.send(codeMessage())).toMatchObject({ ok: false });
    expect(connections).toBe(3);
  });
});
