import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { send } from "../../support/gateway/gateway-client.ts";
import {
  runDoorstep,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";

const ASK = JSON.stringify({ phone: "9876500001" });

describe("doorstep serve", () => {
  it("doorstep serve starts from nothing, tells a newcomer where it is, and keeps its files to itself", async () => {
    const gateway = await startGateway(temporaryFolder());
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1];
    console.log(`start ${gateway.startMs} ms, RSS ${Math.round(Number(rss) / 1024)} MiB`);
    await expect.poll(gateway.stderr).toContain("9876500001  Asha Rao");
    expect(gateway.stderr()).toContain(`http://localhost:${gateway.port}/dev/outbox`);
    const metadata = "/.well-known/oauth-authorization-server";
    const { body } = await send(gateway, "GET", metadata);
    expect(body.issuer).toBe(`http://localhost:${gateway.port}`);
    const modes = ["", "doorstep.db", "keys.json"].map(
      (name) => statSync(join(gateway.folder, ".data", name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  it("doorstep serve keeps its keys and its sample data over a restart", async () => {
    const folder = temporaryFolder();
    const jwks = [];
    for (const _ of [1, 2]) {
      const gateway = await startGateway(folder);
      jwks.push((await send(gateway, "GET", "/.well-known/jwks.json")).body);
      expect(await gateway.end("SIGINT")).toMatchObject({ code: 0, signal: null });
    }
    expect(jwks[0].keys).toMatchObject([{ alg: "ES256" }, { alg: "RS256" }]);
    expect(jwks[1]).toEqual(jwks[0]);
  });

  it("doorstep serve answers what was asked before SIGTERM, sends what that deferred, and exits 0", async () => {
    const gateway = await startGateway(temporaryFolder());
    // Neither holds the end up: one idles after its answer, one never says a word.
    const idle = await rawClient(gateway);
    idle.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await idle.until('"ok"');
    const silent = await rawClient(gateway);
    const slow = await rawClient(gateway);
    slow.write(
      "POST /auth/otp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
        `Content-Length: ${ASK.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    await slow.until("100 Continue");
    slow.write(ASK.slice(0, 5));
    const ended = gateway.end("SIGTERM");
    await idle.untilClosed();
    await expect(send(gateway, "GET", "/healthz")).rejects.toThrow();
    slow.write(ASK.slice(5));
    const answer = await slow.untilClosed();
    expect(answer).toContain("HTTP/1.1 202 Accepted");
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect((await ended).ms).toBeLessThan(5000);
    await silent.untilClosed();
    const events = gateway.log().map(({ event, name }) => name ?? event);
    expect(events.slice(-4).sort()).toEqual(["otp.requested", "otp.sent", "request", "stopped"]);
    expect(gateway.log().at(-1)).toMatchObject({ level: "info", unanswered: 0, undone: 0 });
  });

  it("doorstep serve sends every code that it promised, when SIGTERM meets a crowd", async () => {
    const gateway = await startGateway(temporaryFolder());
    const phones = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009"];
    const asked = phones.map(async (last) => {
      const body = { phone: `987650${last.padStart(4, "0")}` };
      return (await send(gateway, "POST", "/auth/otp", body).catch(() => null))?.status;
    });
    await Promise.race(asked);
    expect(await gateway.end("SIGTERM")).toMatchObject({ code: 0 });
    const promised = (await Promise.all(asked)).filter((status) => status === 202);
    const sent = gateway.log().filter(({ name }) => name === "otp.sent");
    expect(promised.length).toBeGreaterThan(0);
    expect(sent.length).toBeGreaterThanOrEqual(promised.length);
    expect(gateway.log().at(-1)).toMatchObject({ event: "stopped", undone: 0 });
  });

  it("doorstep serve ends with a line that quotes nothing, where something unforeseen is thrown", async () => {
    const code = 'process.on("SIGUSR2",()=>{throw new Error("of 9876500001")})';
    const gateway = await startGateway(temporaryFolder(), {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
    });
    expect(await gateway.end("SIGUSR2")).toMatchObject({ code: 1, signal: null });
    expect(gateway.log().at(-1)).toMatchObject({
      event: "crashed",
      level: "error",
      error: "Error",
    });
    expect(gateway.stdout()).not.toContain("9876500001");
    expect(gateway.stderr()).not.toMatch(/Error|\n +at /);
  });
});

describe("doorstep serve refuses to start", () => {
  it("doorstep serve refuses to start on a port in use, and leaves no database behind", async () => {
    const { port } = await startGateway(temporaryFolder());
    const folder = temporaryFolder();
    const second = await runDoorstep(["serve"], folder, { PORT: `${port}` });
    expect(second).toEqual({
      code: 2,
      stdout: "",
      stderr: `PORT ${port} on HOST 127.0.0.1 is in use (EADDRINUSE)\n`,
    });
    expect(existsSync(join(folder, ".data/doorstep.db"))).toBe(false);
  });

  it("doorstep serve refuses to start with wrong settings, all named at once and none quoted", async () => {
    const wrong = {
      PORT: "eighty",
      OTP_TTL: "99h",
      SECRET_KEYS: "k1:dG9vIHNob3J0",
      JWT_PRIVATE_JWKS: '{"keys":[{"kty":"oct","k":"aHVzaA"}]}',
      ALLOWED_COUNTRIES: "Narnia",
      PUBLIC_URL: "ftp://files.internal",
    };
    const { code, stderr, stdout } = await runDoorstep(["serve"], temporaryFolder(), wrong);
    expect([code, stdout]).toEqual([2, ""]);
    for (const [name, value] of Object.entries(wrong)) {
      expect(stderr).toMatch(new RegExp(`^ {2}${name} `, "m"));
      expect(stderr).not.toContain(value);
    }
    expect(stderr).not.toMatch(/aHVzaA|dG9v|\n {4}at /);
  });

  it("doorstep serve refuses to start in production on embedded parts, with every reason", async () => {
    const { code, stderr } = await runDoorstep(["serve"], temporaryFolder(), {
      NODE_ENV: "production",
    });
    expect(code).toBe(2);
    for (const name of ["PUBLIC_URL", "SECRET_KEYS", "SMS_PROVIDER", "MONGODB_URL", "REDIS_URL"]) {
      expect(stderr).toMatch(new RegExp(`^ {2}${name} `, "m"));
    }
  });

  it("doorstep serve refuses to start where others can read the keys", async () => {
    const folder = temporaryFolder();
    await (await startGateway(folder)).end("SIGTERM");
    chmodSync(join(folder, ".data/keys.json"), 0o644);
    const { code, stderr } = await runDoorstep(["serve"], folder, { PORT: "0" });
    expect(code).toBe(2);
    expect(stderr).toBe(
      ".data/keys.json can be read by other users of this machine; run: chmod 600 .data/keys.json\n",
    );
  });

  it("doorstep serve refuses to start with exit code 3 where the store cannot be reached", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, ".data/doorstep.db"), { recursive: true });
    const { code, stderr } = await runDoorstep(["serve"], folder, { PORT: "0" });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^sqlite open unavailable: /);
  });

  it.each([
    ["--help", 0, "stdout"],
    ["-h", 0, "stdout"],
    ["--port=1234", 2, "stderr"],
    ["now", 2, "stderr"],
  ] as const)(
    "doorstep serve refuses to start with a usage text for `serve %s`, and leaves nothing behind",
    async (word, code, to) => {
      const folder = temporaryFolder();
      const ended = await runDoorstep(["serve", word], folder, { PORT: "0" });
      const silent = to === "stdout" ? "stderr" : "stdout";
      expect(ended).toMatchObject({ code, [silent]: "" });
      expect(ended[to]).toContain("Usage: doorstep serve");
      expect(existsSync(join(folder, ".data"))).toBe(false);
    },
  );

  it("doorstep serve refuses to start with a usage text for a command that is none", async () => {
    const { code, stderr, stdout } = await runDoorstep(["sevre"], temporaryFolder());
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: doorstep COMMAND");
  });
});
