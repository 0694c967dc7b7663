import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { defaultData } from "../../support/legacy-backend/data.ts";
import { askPort, logInCustomer, OWN_PHONE } from "../../support/proxy/proxied-world.ts";
import { describeEdge, openPlace, withoutSearch } from "../edge-place.ts";

const TARGET = "/api/orders/";
const CHUNK = "x".repeat(1000);

describeEdge("an answer of the backend through the built Worker", () => {
  it("an answer of the backend through the built Worker is streamed as it comes; one that breaks off, breaks off; one that redirects is rewritten", async () => {
    let answer: (response: ServerResponse) => void = () => undefined;
    const backend = createServer((_, response) => answer(response)).listen(0, "127.0.0.1");
    await once(backend, "listening");
    onTestFinished(() => void backend.close().closeAllConnections());
    const origin = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
    const upstream = {
      LEGACY_UPSTREAM_URL: origin,
      LEGACY_JWT_SECRET: randomBytes(36).toString("base64"),
    };
    const place = await openPlace({ env: { ...upstream, PROXY_TIMEOUT: "1s" } });
    onTestFinished(() => place.stop());
    const { customers_v2, users } = defaultData();
    await place.mongo.put("users", users);
    await place.mongo.put("customers_v2", customers_v2);
    const token = await logInCustomer(withoutSearch(place), OWN_PHONE);
    const port = Number(new URL(place.worker.url).port);
    const headers = [["authorization", `Bearer ${token}`] as const];
    const ask = () => askPort(port, { method: "GET", target: TARGET, headers });

    // The second half is sent when the client has the first.
    const writing = Promise.withResolvers<ServerResponse>();
    answer = (response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" }).write(CHUNK);
      writing.resolve(response);
    };
    const streamed = Promise.withResolvers<IncomingMessage>();
    const at = { host: "127.0.0.1", port, path: TARGET, headers: Object.fromEntries(headers) };
    request(at, streamed.resolve).on("error", streamed.reject).end();
    const head = await streamed.promise;
    const [first] = await once(head.setEncoding("utf8"), "data");
    let text = String(first);
    head.on("data", (chunk) => {
      text += chunk;
    });
    (await writing.promise).end(CHUNK);
    await once(head, "end");
    expect(text).toBe(CHUNK + CHUNK);

    answer = (response) => {
      response.writeHead(200, { "content-length": "2000" });
      response.write(CHUNK, () => response.destroy());
    };
    await expect(ask()).rejects.toThrow();

    answer = (response) => response.writeHead(302, { location: `${origin}/api/orders/o-1` }).end();
    const redirected = await ask();
    expect(redirected.status).toBe(302);
    expect(JSON.stringify([...redirected.headers])).not.toContain(origin);
    expect(redirected.headers.get("location")).toMatch(/\/api\/orders\/o-1$/);

    answer = () => undefined;
    const silent = await ask();
    expect([silent.status, silent.code]).toEqual([504, "upstream-timeout"]);
    // A backend that is not there cannot be asked for here: the harness answers 500 in its place.
  });
});
