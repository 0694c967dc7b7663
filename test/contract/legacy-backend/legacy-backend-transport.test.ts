import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askBackend } from "../../support/legacy-backend/callers.ts";
import { type LegacyBackend, startLegacyBackend } from "../../support/legacy-backend/start.ts";
import { rawClient, rawExchange } from "../../support/proxy/raw-client.ts";

describe("the stand-in's paths for tests of the transport", () => {
  let backend: LegacyBackend;
  beforeAll(async () => {
    backend = await startLegacyBackend();
  });
  afterAll(() => backend.stop());

  const raw = (path: string, more = "") =>
    rawExchange(
      backend,
      `GET /__test/${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`,
    );
  const url = (path: string) => `${backend.url}/__test/${path}`;

  it("the stand-in's paths for tests of the transport are not there where they are switched off, nor under another name", async () => {
    const bare = await startLegacyBackend({ testPaths: false });
    expect((await askBackend(bare, "GET /__test/echo")).status).toBe(404);
    await bare.stop();
    for (const name of ["nothing", "toString", ""]) {
      expect((await askBackend(backend, `GET /__test/${name}`)).status).toBe(404);
    }
  });

  it("the stand-in's paths for tests of the transport echo what arrived, byte for byte", async () => {
    const headers = ["X-Odd", "a", "x-odd", "b"];
    const body = Buffer.from([0, 255]);
    const { text } = await askBackend(backend, "PUT /__test/echo?a=%41", { body, headers });
    const echo = JSON.parse(text);
    expect(echo).toMatchObject({ method: "PUT", target: "/__test/echo?a=%41", body: "AP8=" });
    expect(echo.rawHeaders.join()).toContain(headers.join());
  });

  it("the stand-in's paths for tests of the transport answer with any status, any header twice, and any body", async () => {
    const query =
      "status=418&header=X-A:1&header=X-A:2&header=Access-Control-Allow-Origin:*&body=hi";
    const answer = await raw(`answer?${query}`);
    expect(answer).toMatch(/^HTTP\/1\.1 418 /);
    expect(answer).toContain("\r\nX-A: 1\r\nX-A: 2\r\nAccess-Control-Allow-Origin: *\r\n");
    expect(answer).toMatch(/hi/);
  });

  it("the stand-in's paths for tests of the transport answer with bytes that are no HTTP", async () => {
    const bytes = Buffer.from("HTTP/1.1 banana\r\n\r\n").toString("base64url");
    expect(await raw(`raw?bytes=${bytes}`)).toBe("HTTP/1.1 banana\r\n\r\n");
  });

  it("the stand-in's paths for tests of the transport answer late, and drip", async () => {
    const before = performance.now();
    expect(await (await fetch(url("slow?ms=60"))).json()).toEqual({ slow: true });
    expect(performance.now() - before).toBeGreaterThan(55);
    const dripped = await fetch(url("drip?chunks=3&bytes=2&ms=5"));
    expect(await dripped.text()).toBe("......");
  });

  it("the stand-in's paths for tests of the transport never answer, or begin and go silent, until the client has enough", async () => {
    for (const [path, first] of [
      ["silent", ""],
      ["stall?bytes=3", "..."],
    ] as const) {
      const client = await rawClient(backend);
      const arrived = backend.received.length;
      client.write(`GET /__test/${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      if (first !== "") await client.until(first);
      await expect.poll(() => backend.received.length).toBe(arrived + 1);
      client.destroy();
      expect(await backend.received.at(-1)?.ended).toBe("aborted");
    }
  });

  it("the stand-in's paths for tests of the transport break off before the head, once or always, and in the middle of the body", async () => {
    expect(await raw("die")).toBe("");
    expect(await raw("die-once?key=transport")).toBe("");
    expect(await raw("die-once?key=transport")).toContain('{"died":true}');
    const cut = await raw("abort?bytes=10");
    expect(cut.toLowerCase()).toContain("content-length: 20\r\n");
    expect(cut).toMatch(/\r\n\r\n\.{10}$/);
    expect(await raw("abort?bytes=10&chunked=1")).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  it("the stand-in's paths for tests of the transport send a huge body no faster than it is taken", async () => {
    const total = 64 * 1024 * 1024;
    const socket = connect(backend.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(
      `GET /__test/huge?bytes=${total} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    await once(socket, "readable");
    const record = backend.received.at(-1);
    // Nobody reads: what is under way fills the kernel's buffers, and stays far from the whole.
    let before = -1;
    await expect
      .poll(
        () => {
          const stands = record?.sentBytes === before;
          before = record?.sentBytes ?? 0;
          return stands && before > 0;
        },
        { interval: 100 },
      )
      .toBe(true);
    expect(before).toBeLessThan(total / 2);
    let taken = 0;
    for await (const chunk of socket) taken += (chunk as Buffer).length;
    expect(taken).toBeGreaterThanOrEqual(total);
    expect([record?.sentBytes, await record?.ended]).toEqual([total, "answered"]);
  });

  it("the stand-in's paths for tests of the transport count a body of any size, and answer one that they never read", async () => {
    const body = Buffer.alloc(3_000_000, "a");
    const counted = await fetch(url("upload"), { method: "POST", body });
    expect(await counted.json()).toMatchObject({ bytes: 3_000_000 });
    expect(backend.received.at(-1)?.body).toHaveLength(0);
    const ignored = await askBackend(backend, "POST /__test/ignore-body", { body: { a: 1 } });
    expect(JSON.parse(ignored.text)).toEqual({ ignored: true });
  });

  it("the stand-in's paths for tests of the transport compress where they are asked, or told", async () => {
    const gzip = async (path: string, headers: Readonly<Record<string, string>>) => {
      const sent = request(url(path), { headers }).end();
      const [response] = await once(sent, "response");
      const bytes = Buffer.concat(await response.toArray());
      return { encoding: response.headers["content-encoding"], bytes };
    };
    const asked = await gzip("gzip", { "accept-encoding": "gzip" });
    expect(asked.encoding).toBe("gzip");
    expect(JSON.parse(gunzipSync(asked.bytes).toString()).text).toContain("EarlyBird");
    expect((await gzip("gzip", { "accept-encoding": "identity" })).encoding).toBeUndefined();
    expect((await gzip("gzip?force=1", {})).encoding).toBe("gzip");
  });

  it("the stand-in's paths for tests of the transport set cookies, and headers that belong to one hop", async () => {
    expect((await raw("cookies")).match(/\r\nset-cookie: /gi)).toHaveLength(2);
    const hop = await raw("hop-by-hop");
    for (const line of ["Connection: close, X-Hop", "X-Hop: named by Connection", "Upgrade: h2c"]) {
      expect(hop).toContain(`\r\n${line}\r\n`);
    }
  });

  it("the stand-in's paths for tests of the transport send interim answers before the final one, and a trailer after", async () => {
    const hints = await raw("early-hints");
    expect(hints.match(/^HTTP\/1\.1 \d+/gm)).toEqual([
      "HTTP/1.1 102",
      "HTTP/1.1 103",
      "HTTP/1.1 200",
    ]);
    expect(await raw("trailers")).toMatch(/\r\n0\r\nX-Trailer: after the body\r\n\r\n$/);
  });
});
