import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { NODE } from "../../support/gateway/gateway-process.ts";

const SRC = `${import.meta.dirname}/../../../src`;
const href = (file: string) => JSON.stringify(pathToFileURL(`${SRC}/${file}`).href);

/** A process asks Twilio by the gateway's own transport, and says what the start would warn of. */
const ASKING = `
  import { fetchTransport } from ${href("adapters/twilio/fetch-transport.ts")};
  import { proxyWarnings } from ${href("runtimes/node/env-proxy.ts")};
  const access = { accountSid: "AC0", authToken: "secret", apiUrl: "https://twilio.invalid" };
  const answer = await fetchTransport(access).get({ product: "api", path: "/x.json" }, 10_000);
  const warned = proxyWarnings(process.env, "twilio").map(({ setting }) => setting);
  console.log(JSON.stringify({ answer, warned }));`;

/** A proxy that opens no tunnel, and what it was asked for. */
async function closedProxy() {
  const asked: string[] = [];
  const server = createServer().on("connect", ({ url }, socket) => {
    asked.push(`${url}`);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const onProxy = { kind: "lost", neverLeft: true, detail: "UND_ERR_ABORTED" };
const past = { kind: "lost", neverLeft: true };

it.each([
  ["HTTPS_PROXY", {}, false],
  ["HTTPS_PROXY", { NODE_USE_ENV_PROXY: "1" }, true],
  ["HTTPS_PROXY", { NODE_USE_ENV_PROXY: "true" }, false],
  ["HTTP_PROXY", { NODE_USE_ENV_PROXY: "1" }, true],
  ["https_proxy", { NODE_OPTIONS: "--use-env-proxy" }, true],
])(
  "%s with %j: a message takes that way (%s), or the start warns of it",
  async (name, env, isUsed) => {
    const { asked, url } = await closedProxy();
    const { stdout } = await promisify(execFile)(NODE, ["--input-type=module", "-e", ASKING], {
      env: { ...env, [name]: url },
    });
    const { answer, warned } = JSON.parse(stdout);
    expect(asked).toEqual(isUsed ? ["twilio.invalid:443"] : []);
    expect(answer).toMatchObject(isUsed ? onProxy : past);
    expect(warned).toEqual(isUsed ? [] : [name]);
  },
);
