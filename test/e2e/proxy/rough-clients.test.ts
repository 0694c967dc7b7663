import { describe, expect, it } from "vitest";
import { ask, send } from "../../support/gateway/gateway-client.ts";
import {
  sharedGateway,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { rawClient, rawExchange } from "../../support/proxy/raw-client.ts";

const MEGABYTE = 1024 * 1024;
const statusOf = (answer: string): string => answer.slice(0, answer.indexOf("\r\n"));
/** A request that asks the server to hang up after it. */
const lines = (...head: string[]): string => `${head.join("\r\n")}\r\nConnection: close\r\n\r\n`;
const POST = ["POST /auth/otp HTTP/1.1", "Host: localhost", "Content-Type: application/json"];

describe("a body of one megabyte", () => {
  const gateway = sharedGateway();

  it("a body of one megabyte is refused as JSON and as a form, and the next request is served", async () => {
    const phone = "9".repeat(MEGABYTE);
    const json = await send(gateway(), "POST", "/auth/otp", { phone });
    expect([json.status, json.body.code]).toEqual([413, "payload-too-large"]);
    const form = await fetch(`${gateway().url}/auth/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: phone }),
    });
    expect(form.status).toBe(413);
    expect((await ask(gateway(), "9876500001")).status).toBe(202);
  });

  it("a body of one megabyte is refused without a declared length as well", async () => {
    const client = await rawClient(gateway());
    client.write(`${POST.join("\r\n")}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`;
    for (let sent = 0; sent < MEGABYTE; sent += 0x4000) client.write(chunk);
    const answer = await client.until("payload-too-large");
    expect(statusOf(answer)).toBe("HTTP/1.1 413 Payload Too Large");
    client.destroy();
    expect((await ask(gateway(), "9876500002")).status).toBe(202);
  });

  it("a body of one megabyte that is given up half-way leaves nothing behind but its log line", async () => {
    const before = gateway().log().length;
    for (let n = 0; n < 20; n++) {
      const client = await rawClient(gateway());
      client.write(`${POST.join("\r\n")}\r\nContent-Length: 100\r\n\r\n{"phone":`);
      client.destroy();
    }
    expect((await ask(gateway(), "9876500003")).status).toBe(202);
    const events = () => gateway().log().slice(before);
    await expect.poll(() => events().some(({ name }) => name === "otp.sent")).toBe(true);
    expect(events().filter(({ level }) => level !== "info")).toEqual([]);
  });
});

describe("malformed HTTP", () => {
  const gateway = sharedGateway();
  const get = (path: string, ...more: string[]) => lines(`GET ${path} HTTP/1.1`, ...more);

  it.each([
    [400, "no HTTP at all", "HELLO\r\n\r\n"],
    [400, "no Host", get("/healthz")],
    [400, "two Hosts", get("/healthz", "Host: a", "Host: b")],
    [400, "a Host that is none", get("/healthz", "Host: a b/?")],
    [400, "two lengths", lines(...POST, "Content-Length: 1", "Content-Length: 2")],
    [
      400,
      "a length beside chunks",
      lines(...POST, "Content-Length: 2", "Transfer-Encoding: chunked"),
    ],
    [400, "a chunk that is none", `${lines(...POST, "Transfer-Encoding: chunked")}zz\r\n`],
    [431, "a header of 20 KB", get("/healthz", "Host: a", `X: ${"x".repeat(20_000)}`)],
    [404, "a broken escape", get("/%zz", "Host: a")],
    [404, "a NUL in the path", get("/problems/%00", "Host: a")],
    [400, "dots, which leave a reader to guess what is asked", get("/../../etc/passwd", "Host: a")],
    [400, "a method that is none", lines("BREW /healthz HTTP/1.1", "Host: a")],
    [404, "an upgrade that nobody serves", get("/x", "Host: a", "Upgrade: websocket")],
  ])("malformed HTTP gets %i for %s; the next request is served", async (status, _, bytes) => {
    const answer = await rawExchange(gateway(), bytes);
    expect(statusOf(answer)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).not.toMatch(/node_modules|\.ts:\d|Error:/);
    expect((await send(gateway(), "GET", "/healthz")).status).toBe(200);
    expect(
      gateway()
        .log()
        .every(({ level }) => level === "info"),
    ).toBe(true);
  });
});

it("a body behind an offered upgrade is that request's body, and never a request of its own", async () => {
  const gateway = await startGateway(temporaryFolder());
  const smuggled = "GET /problems/not-found HTTP/1.1\r\nHost: a\r\n\r\n";
  const client = await rawClient(gateway);
  client.write(
    `${POST.join("\r\n")}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n` +
      `Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  );
  await client.until("HTTP/1.1 400 ");
  client.write(lines("GET /healthz HTTP/1.1", "Host: a"));
  const text = await client.untilClosed();
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400", "HTTP/1.1 200"]);
  expect(text).not.toContain("text/html");
});

describe("a request that Node itself refuses", () => {
  const gateway = sharedGateway();
  const PAGE = "http://localhost:3000";
  const get = (...more: string[]) => lines("GET /healthz HTTP/1.1", `Origin: ${PAGE}`, ...more);
  const chunked = (...body: string[]) =>
    lines(...POST, `Origin: ${PAGE}`, "Transfer-Encoding: chunked") + body.join("\r\n");

  it.each([
    ["no HTTP at all", 400, "request-malformed", "HELLO\r\n\r\n"],
    ["no Host", 400, "request-malformed", get()],
    ["a broken Host", 400, "request-malformed", get("Host: a b/?")],
    ["a broken field", 400, "request-malformed", get("Host: a", "X Y: z")],
    ["a target that is none", 400, "request-malformed", lines("GET a:1 HTTP/1.1", "Host: a")],
    ["a broken chunk", 400, "request-malformed", chunked("zz", "")],
    ["a chunk with a long extension", 413, "payload-too-large", chunked(`1;${"x".repeat(20_000)}`)],
    ["another expectation", 417, "expectation-failed", get("Host: a", "Expect: tea")],
    ["a head of 20 KB", 431, "head-too-large", get("Host: a", `X: ${"x".repeat(20_000)}`)],
  ])("a request that Node refuses for %s gets problem %i", async (name, status, code, bytes) => {
    const answer = await rawExchange(gateway(), bytes);
    expect(statusOf(answer)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head).toMatch(/^content-type: application\/problem\+json/im);
    expect(head).toMatch(/^x-content-type-options: nosniff/im);
    const problem = JSON.parse(body);
    expect(problem).toMatchObject({ status, code });
    const origin = bytes.includes(PAGE) && name !== "no HTTP at all" ? PAGE : undefined;
    expect(/^access-control-allow-origin: (.*)/im.exec(head)?.[1]?.trim()).toBe(origin);
    const line = () =>
      gateway()
        .log()
        .find((one) => one["request_id"] === problem.instance);
    await expect.poll(line).toMatchObject({ status, code });
  });

  it("a request that Node itself refuses has no words for an origin that is not allowed", async () => {
    const bytes = lines("GET / HTTP/1.1", "Origin: http://evil.example", "X Y: z");
    expect(await rawExchange(gateway(), bytes)).not.toMatch(/access-control|evil/i);
  });

  it("a request that Node itself refuses behind others does not put its refusal among their answers", async () => {
    const client = await rawClient(gateway());
    client.write(`GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nHELLO\r\n\r\n`);
    const text = await client.untilClosed();
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});
