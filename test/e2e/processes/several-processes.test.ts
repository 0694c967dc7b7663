import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  claimsOf,
  logInAt,
  refresh,
  send,
  withToken,
} from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  runDoorstep,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
const events = (gateway: GatewayProcess, event: string) =>
  gateway.log().filter((line) => line.event === event);
const cleanups: (() => Promise<void> | void)[] = [];

describe("PROCESSES=2", () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    const atTheEnd = (cleanup: () => Promise<void> | void) => void cleanups.unshift(cleanup);
    gateway = await startGateway(temporaryFolder(atTheEnd), { PROCESSES: "2" }, atTheEnd);
  });
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  it("PROCESSES=2 answers on one port with two processes, which share sessions and limits", async () => {
    await expect.poll(() => events(gateway, "processes").length, { timeout: 15_000 }).toBe(1);
    expect(events(gateway, "processes")).toMatchObject([{ level: "info", count: 2 }]);
    await expect.poll(() => events(gateway, "started").length, { timeout: 15_000 }).toBe(2);
    expect(events(gateway, "started").map(({ port }) => port)).toEqual([
      gateway.port,
      gateway.port,
    ]);
    const { access_token, refresh_token } = await logInAt(gateway, "9876500001");
    // Connections go to the processes in turn: each of these meets the other one.
    const seen = [];
    for (let asked = 0; asked < 4; asked++) {
      seen.push((await withToken(gateway, "GET", "/auth/me", access_token)).status);
    }
    expect(seen).toEqual([200, 200, 200, 200]);
    const turned = await refresh(gateway, refresh_token);
    expect(claimsOf(turned.body.access_token)["sid"]).toBe(claimsOf(access_token)["sid"]);
    expect((await refresh(gateway, turned.body.refresh_token)).status).toBe(200);
    // OTP_SENDS_PER_PHONE is three in ten minutes: no process has three of its own.
    const phone = "9876500003";
    const codes: number[] = [];
    for (let asked = 0; asked < 6; asked++) {
      codes.push((await send(gateway, "POST", "/auth/otp", { phone })).status);
    }
    expect(codes.filter((status) => status === 202).length).toBeLessThanOrEqual(3);
    expect(codes.at(-1)).toBe(429);
  });

  it("PROCESSES=2 replaces a process that was killed, while requests go on", async () => {
    const before = childrenOf(gateway.pid);
    expect(before).toHaveLength(2);
    process.kill(before[0] ?? 0, "SIGKILL");
    await expect.poll(() => events(gateway, "process-ended").length, { timeout: 15_000 }).toBe(1);
    expect((await send(gateway, "GET", "/healthz")).status).toBe(200);
    await expect.poll(() => events(gateway, "started").length, { timeout: 15_000 }).toBe(3);
    const after = childrenOf(gateway.pid);
    expect(after).toHaveLength(2);
    expect(after).toContain(before[1]);
    expect(events(gateway, "process-ended")).toMatchObject([
      { level: "error", pid: before[0], signal: "SIGKILL" },
    ]);
    for (let asked = 0; asked < 4; asked++) {
      expect((await send(gateway, "GET", "/healthz")).status).toBe(200);
    }
  });

  it("PROCESSES=2 drains both processes at SIGTERM, also where the whole group gets it, and exits 0", async () => {
    const children = childrenOf(gateway.pid);
    const slow = await rawClient(gateway);
    const body = JSON.stringify({ phone: "9876500002" });
    slow.write(
      "POST /auth/otp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
        `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    await slow.until("100 Continue");
    // As systemd does: the supervisor's own SIGTERM is the second one that each process gets.
    for (const pid of children) process.kill(pid, "SIGTERM");
    const ended = gateway.end("SIGTERM");
    await expect.poll(() => events(gateway, "stopped").length, { timeout: 15_000 }).toBe(1);
    slow.write(body);
    expect(await slow.untilClosed()).toContain("HTTP/1.1 202 Accepted");
    const { code, signal } = await ended;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(events(gateway, "stopped")).toMatchObject([
      { unanswered: 0, undone: 0 },
      { unanswered: 0, undone: 0 },
    ]);
    await expect(send(gateway, "GET", "/healthz")).rejects.toThrow();
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow();
  });
});

describe("a supervisor that is killed", () => {
  it("processes whose supervisor was killed end: none serves on with settings that a restart replaced", async () => {
    const gateway = await startGateway(temporaryFolder(), { PROCESSES: "2" });
    await expect.poll(() => events(gateway, "processes").length, { timeout: 15_000 }).toBe(1);
    const children = childrenOf(gateway.pid);
    process.kill(gateway.pid, "SIGKILL");
    const isGone = (pid: number) => !existsSync(`/proc/${pid}`);
    await expect.poll(() => children.filter(isGone).length, { timeout: 15_000 }).toBe(2);
  });
});

describe("PROCESSES that cannot start", () => {
  it("PROCESSES that is no number is refused by name before anything starts", async () => {
    const { code, stderr } = await runDoorstep(["serve"], temporaryFolder(), {
      PORT: "0",
      PROCESSES: "many",
    });
    expect(code).toBe(2);
    expect(stderr).toContain("  PROCESSES must be `auto`, or a number from 1 to 64\n");
    expect(stderr).not.toContain("many");
  });

  it("PROCESSES=2 on a port that is in use says so once, with the exit code of the settings", async () => {
    const other = await startGateway(temporaryFolder());
    const { code, stderr, stdout } = await runDoorstep(["serve"], temporaryFolder(), {
      PORT: `${other.port}`,
      PROCESSES: "2",
    });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(`PORT ${other.port} on HOST 127.0.0.1 is in use (EADDRINUSE)\n`);
  });
});
