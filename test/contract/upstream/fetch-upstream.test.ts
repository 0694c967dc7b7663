import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { fetchUpstream } from "../../../src/adapters/fetch/upstream.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import type { Head } from "../../../src/ports/upstream.ts";
import { asItCame } from "../../support/gateway/door.ts";
import { rawUpstream } from "../../support/proxy/raw-upstream.ts";
import { upstreamSuite } from "./upstream.suite.ts";
import { ask, withNode } from "./upstream-instance.ts";

// node-server prints what breaks a Response's body off.
beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

const ONE_LINE = "fetch joins the fields of one name into one line, and sorts them by name";

upstreamSuite("fetch", fetchUpstream, {
  "adds no header but host, connection and framing":
    "Node's fetch adds accept, accept-language, sec-fetch-mode and user-agent where they are missing",
  "sends a name that is given twice as two lines, in order": ONE_LINE,
  "writes the answer's fields in order, repeated ones as lines, byte for byte": ONE_LINE,
  "keeps the bytes of a value, also where the body is long in coming":
    "node-server flushes the head of a streamed Response as UTF-8",
  "sends a body of known length with its length": "fetch sends a stream in chunks",
  "passes a coded body on byte for byte, with its coding's name":
    "fetch takes codings off: it asks for none, and drops the name of one that came all the same",
  "breaks off what is under way when it is closed": "fetch has no connections of its own to end",
  "does not ask a GET with a body again": "a Request of method GET has no body that could be sent",
  "does not ask again where a byte of the answer had come":
    "fetch does not tell how far an answer came",
});

describe("an answer that is coded though no coding was asked for", () => {
  const TEXT = "hello ".repeat(100);

  it.each([
    ["gzip", gzipSync(TEXT)],
    ["GZIP", gzipSync(TEXT)],
    ["br", brotliCompressSync(TEXT)],
  ])("a coded answer in %s comes plain, without its name and old length", async (coding, coded) => {
    const heads: Head[] = [];
    const door = await withNode(
      fetchUpstream,
      ({ headers }, outgoing) => {
        outgoing.setHeader("x-asked", `${headers["accept-encoding"]}`);
        outgoing.setHeader("content-encoding", coding).setHeader("content-length", coded.length);
        outgoing.end(coded);
      },
      {
        plan: (head) => {
          heads.push(head);
          return asItCame(head);
        },
      },
    );
    const { body, headers } = await ask(door, "GET", "/", ["accept-encoding", "gzip, br"]);
    expect(body.toString()).toBe(TEXT);
    expect(headers).not.toHaveProperty("content-encoding");
    expect(headers).toMatchObject({ "x-asked": "identity" });
    const names = heads.flatMap((head) => head.headers.map(([name]) => name));
    expect(names).not.toEqual(expect.arrayContaining(["content-length"]));
  });

  it.each(["deflate", "zstd", "gzip, br", "aes128gcm"])(
    "a coded answer in %s is refused: platforms differ in it",
    async (coding) => {
      const door = await withNode(fetchUpstream, (_, outgoing) => {
        outgoing.setHeader("content-encoding", coding).end(deflateSync(TEXT));
      });
      expect((await ask(door)).status).toBe(502);
    },
  );

  it("an answer that is coded though no coding was asked for keeps its head where there is no body", async () => {
    const door = await withNode(fetchUpstream, (_, outgoing) => {
      outgoing.setHeader("content-encoding", "gzip").setHeader("content-length", 9).end();
    });
    const { headers } = await ask(door, "HEAD");
    expect(headers).toMatchObject({ "content-encoding": "gzip", "content-length": "9" });
  });
});

describe("a target that a URL writes in another way", () => {
  it.each([
    "/a/../b",
    "/a/./b",
    "/a/%2e%2e/b",
    "/a\\b",
    "/a b",
    "/a#b",
    "/a\tb",
    "/a?b='c'",
    "b",
    "@evil.example/",
  ])("a target that URL writes another way is never sent: %s", async (target) => {
    const { origin, requests } = await rawUpstream(() => undefined);
    const upstream = fetchUpstream({ origin, timeoutMs: 1000 });
    const client = { request: new Request("http://door/"), platform: null, source: "a" };
    const request = { method: "GET", target, headers: [], body: null, maxBodyBytes: 0 };
    await expect(upstream.exchange(client, request, asItCame)).rejects.toThrow(AdapterError);
    expect(requests()).toEqual([]);
  });
});

describe("a platform whose fetch has a cache for everybody", () => {
  it("a platform whose fetch has a cache for everybody is told to leave it alone, at each question", async () => {
    const modes: unknown[] = [];
    const origin = "http://backend.example";
    const upstream = fetchUpstream({
      origin,
      timeoutMs: 1_000,
      cache: "no-store",
      fetch: async (_, init) => {
        modes.push(init?.cache);
        return new Response("hers");
      },
    });
    const client = { request: new Request("http://door/"), platform: null, source: "a" };
    const request = { method: "GET", target: "/a", headers: [], body: null, maxBodyBytes: 0 };
    await upstream.exchange(client, request, asItCame);
    await upstream.exchange(client, { ...request, method: "POST", body: null }, asItCame);
    expect(modes).toEqual(["no-store", "no-store"]);
  });
});
