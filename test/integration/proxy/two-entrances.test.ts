import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LEGACY_ROUTES } from "../../support/legacy-backend/routes-table.ts";
import { pathSpellings, querySpellings } from "../../support/proxy/foreign-spellings.ts";
import { HOSTILE_HEADERS } from "../../support/proxy/hostile-headers.ts";
import { headOf, PLAIN_HEADS } from "../../support/proxy/plain-heads.ts";
import { type TwoEntrances, twoEntrances } from "../../support/proxy/two-entrances.ts";

let both: TwoEntrances;
beforeAll(async () => {
  both = await twoEntrances();
});
afterAll(() => both.stop());

const TOKEN = "Authorization: Bearer {token}";
const lines = (first: string, ...more: readonly string[]): string =>
  [first, ...more, "Connection: close", "", ""].join("\r\n");
const get = (target: string, ...more: readonly string[]): string =>
  lines(`GET ${target} HTTP/1.1`, "Host: localhost", TOKEN, ...more);

/** The same bytes, and the same of everything that comes of them. */
async function expectAlike(bytes: string) {
  const { full, short } = await both.send(bytes);
  expect(short, bytes).toEqual(full);
  return short;
}

const ROWS = LEGACY_ROUTES.map(({ allowed, body, method, path }) => {
  const sent = body === undefined || method === "GET" ? "" : JSON.stringify(body);
  const type = sent === "" ? [] : ["Content-Type: application/json"];
  const length = sent === "" ? [] : [`Content-Length: ${Buffer.byteLength(sent)}`];
  return { allowed, method, path, type, length, sent };
});
const bytesOf = ({ length, method, path, sent, type }: (typeof ROWS)[number]): string =>
  lines(`${method} ${path} HTTP/1.1`, "Host: localhost", TOKEN, ...type, ...length) + sent;

describe("the two entrances of proxied requests", () => {
  it("each row of the backend's routes has the same answer, line and request at both entrances", async () => {
    const before = both.short.taken();
    for (const row of ROWS) await expectAlike(bytesOf(row));
    // Or else one entrance was compared with itself.
    expect(both.short.taken() - before).toBeGreaterThan(ROWS.length * 0.9);
    expect(both.full.taken()).toBe(0);
  });

  it("an attacker's spelling of a path or query is read alike at both entrances", async () => {
    const paths = pathSpellings("c-1", "c-2").map((id) => `/api/phase0-v2/customers/${id}`);
    const queries = querySpellings("c-1", "c-2").map((q) => `/api/phase0-v2/subscriptions${q}`);
    for (const target of [...paths, ...queries]) await expectAlike(get(target));
  });

  it("a request that two parsers could read in two ways is refused alike at both entrances", async () => {
    const target = "/api/orders/";
    const host = "Host: localhost";
    const smuggled = "5\r\nhello\r\n0\r\n\r\n";
    for (const more of [
      [host, "Content-Length: 5", "Transfer-Encoding: chunked"],
      [host, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
      [host, "Transfer-Encoding: gzip, chunked"],
      [host, "Transfer-Encoding: \tchunked"],
      [host, "Content-Length: 5", "Content-Length: 6"],
      [host, "Content-Length: +5"],
      [host, "Content-Length: 5, 5"],
      [host, "Connection: content-length", "Content-Length: 5"],
      [host, "Connection: host"],
      [host, "Content-Type: application/json", "Connection: content-type"],
      [host, "Host: other.example"],
      ["Host: a/b"],
      ["Host: a@b"],
      ["X: y"],
      [host, "Authorization: Bearer x"],
      [host, "X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 10.0.0.2"],
      [host, "Expect: 200-ok"],
      [host, "Upgrade: websocket", "Connection: Upgrade"],
    ]) {
      for (const method of ["GET", "POST"]) {
        const head = [`${method} ${target} HTTP/1.1`, ...more, TOKEN].join("\r\n");
        await expectAlike(lines(head) + smuggled);
      }
    }
    for (const odd of ["http://localhost/api/orders/", "//evil/api", "/a/../api/orders/", "*"]) {
      await expectAlike(get(odd));
    }
  });

  it("a head that few clients send is understood alike at both entrances", async () => {
    for (const head of PLAIN_HEADS) await expectAlike(headOf(head, "/api/orders/", "{token}"));
    await expectAlike(get("/api/orders/", `X-Long: ${"x".repeat(20_000)}`));
    await expectAlike(get("/api/orders/", `Accept: ${"x".repeat(10_000)}`));
    await expectAlike(get("/api/orders/", ...HOSTILE_HEADERS.map((pair) => pair.join(": "))));
    for (const method of ["HEAD", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PUT", "PATCH"]) {
      await expectAlike(lines(`${method} /api/orders/ HTTP/1.1`, "Host: localhost", TOKEN));
    }
    const own = ["/auth/me", "/healthz", "/auth%2Fme", "/auth/verify", "/problems/internal", "/"];
    for (const path of own) await expectAlike(get(path));
    await expectAlike(get("/api/orders/", "Origin: http://localhost:3000"));
  });

  it("requests in one packet are answered alike, in their order, at both entrances", async () => {
    const one =
      "GET /api/orders/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n";
    const { full, short } = await both.send(one + one.replace("GET", "HEAD") + get("/api/orders/"));
    // The backend answers them on connections of their own, in an order that no gateway decides.
    const sorted = ({ answer, backend, log }: typeof full) => ({
      answer,
      backend: backend.toSorted(),
      log: log.toSorted(),
    });
    expect(sorted(short)).toEqual(sorted(full));
    expect(short.backend).toHaveLength(3);
  });

  it("answers without a body, in chunks, compressed, broken off or with interim heads go on alike", async () => {
    const paths = [
      "die",
      "abort",
      "abort?chunked=1",
      "drip?chunks=3&ms=1",
      "huge?bytes=200000",
      "huge?bytes=20000&chunked=1",
      "gzip?force=1",
      "cookies",
      "hop-by-hop",
      "early-hints",
      "trailers",
      "answer?status=204",
      "answer?status=304&header=content-length:+5",
      "answer?status=205",
      "answer?status=500&body=x",
      "answer?status=401",
      "answer?status=302&header=location:+/elsewhere",
      `answer?body=${encodeURIComponent("é".repeat(300))}`,
    ];
    for (const path of paths) {
      const { backend } = await expectAlike(get(`/__test/${path}`));
      expect([path, backend.length > 0]).toEqual([path, true]);
      await expectAlike(get(`/__test/${path}`).replace("GET", "HEAD"));
    }
  });
});

/** Mostly what a customer may ask: what is refused shows less. */
const OPEN = ROWS.filter(
  ({ allowed }) => allowed.includes("customer") || allowed.includes("public"),
);
const row = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...OPEN) }, fc.constantFrom(...ROWS));
const token = fc.constantFrom(
  TOKEN,
  TOKEN,
  TOKEN,
  "X: y",
  "Authorization: Bearer a.b.c",
  "Authorization: Basic x",
);
const field = fc.oneof(
  fc.constantFrom(...HOSTILE_HEADERS.map((pair) => pair.join(": "))),
  fc.constantFrom(
    "TE: trailers",
    "Accept: a, b",
    "Range: bytes=0-1",
    "If-None-Match: x",
    "content-type: text/html",
  ),
  fc.constantFrom(
    "Connection: accept",
    "Content-Encoding: gzip",
    "Expect: 100-continue",
    "Origin: null",
  ),
  fc.string({ unit: "binary-ascii", maxLength: 12 }).map((value) => `Accept-Language: ${value}`),
);
const body = fc.oneof(
  fc.constant(null),
  fc.json({ maxDepth: 2 }),
  fc.string({ maxLength: 30 }),
  fc.constant(JSON.stringify({ customer_id: "c-1", $ne: 1 })),
);
const framing = fc.constantFrom("length", "length", "length", "chunked", "short");
const version = fc.constantFrom("1.1", "1.1", "1.1", "1.0");
const tail = fc.constantFrom(
  "",
  "",
  "",
  "/",
  "?x=1",
  "?",
  "?customer_id=c-2",
  "/%2e",
  "%2F",
  "?a=%zz",
);

describe("whatever a client sends", () => {
  it("whatever a client sends, both entrances answer, log and forward the same", async () => {
    let forwarded = 0;
    let runs = 0;
    const property = fc.asyncProperty(
      fc.record({
        row,
        token,
        fields: fc.array(field, { maxLength: 4 }),
        body,
        framing,
        version,
        tail,
      }),
      async ({
        body: sent,
        fields,
        framing: how,
        row: { method, path, ...own },
        tail: end,
        token: by,
        version: v,
      }) => {
        runs++;
        const text = sent ?? own.sent;
        const bytes = Buffer.byteLength(text);
        const framed = how === "chunked" ? `${bytes.toString(16)}\r\n${text}\r\n0\r\n\r\n` : text;
        const announced =
          how === "chunked" ? "Transfer-Encoding: chunked" : `Content-Length: ${bytes}`;
        const typed = text === "" ? [] : ["Content-Type: application/json", announced];
        const head = [
          `${method} ${path}${end} HTTP/${v}`,
          "Host: localhost",
          by,
          ...typed,
          ...fields,
        ];
        const { backend } = await expectAlike(
          lines(head.join("\r\n")) + (text === "" ? "" : framed),
        );
        forwarded += backend.length;
      },
    );
    await fc.assert(property, {
      numRuns: 400,
      interruptAfterTimeLimit: 2_500,
      markInterruptAsFailure: false,
    });
    // Or else nothing was shown.
    expect(forwarded).toBeGreaterThan(runs / 10);
  });
});
