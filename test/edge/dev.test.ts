import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, logInAt, refresh, send, withToken } from "../support/gateway/gateway-client.ts";
import { NODE, temporaryFolder } from "../support/gateway/gateway-process.ts";
import { freePort } from "../support/stores/redis-server.ts";

const ROOT = join(import.meta.dirname, "../..");
const READY_MS = 90_000;

/** `npm run dev:edge`, as someone who has just cloned the repository runs it. */
describe("npm run dev:edge", () => {
  const cleanups: (() => Promise<void> | void)[] = [];
  const text: string[] = [];
  let url = "";
  let port = 0;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const folder = temporaryFolder((cleanup) => void cleanups.push(cleanup));
    port = await freePort();
    url = `http://localhost:${port}`;
    const args = [join(ROOT, "scripts/dev-edge.ts"), "--persist-to", folder];
    const { HOME = folder, PATH = "" } = process.env;
    const child = spawn(NODE, args, {
      cwd: ROOT,
      env: { HOME, PATH, PORT: `${port}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "exit");
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => text.push(chunk));
    }
    stop = async () => {
      child.kill("SIGTERM");
      await ended;
    };
    const until = performance.now() + READY_MS;
    while (!text.join("").includes("Ready on") && child.exitCode === null) {
      if (performance.now() > until) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!text.join("").includes("Ready on")) throw new Error(text.join(""));
  }, READY_MS + 10_000);

  afterAll(async () => {
    await stop();
    for (const cleanup of cleanups) await cleanup();
  });

  /** With any header, Host too, which fetch keeps for itself. */
  const outboxStatus = (headers: Readonly<Record<string, string>>): Promise<number> =>
    new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port, path: "/dev/outbox", headers }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      })
        .on("error", reject)
        .end();
    });

  it("npm run dev:edge says where it is, where the codes are, and whose phone to try", () => {
    expect(text.join("")).toContain(`${url}/dev/outbox`);
    expect(text.join("")).toContain("9876500001  Asha Rao");
  });

  it("npm run dev:edge logs a sample phone in with the code of its outbox", async () => {
    const login = await logInAt({ url }, "9876500001");
    expect(login).toMatchObject({ token_type: "Bearer", user: { role: "customer" } });
    const me = await withToken({ url }, "GET", "/auth/me", login.access_token);
    expect(me.body.customer.id).toBe(login.customer.id);
    const rotated = await refresh({ url }, login.refresh_token);
    expect([rotated.status, rotated.body.user]).toEqual([200, login.user]);
    const again = await logInAt({ url }, "9876500001");
    expect([again.user.id, again.first_login]).toEqual([login.user.id, false]);
  });

  it("npm run dev:edge keeps its outbox in one isolate, whichever request looks", async () => {
    const looks = Array.from({ length: 30 }, () => send({ url }, "GET", "/dev/outbox"));
    const counts = (await Promise.all(looks)).map(({ body }) => body.messages.length);
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(1);
    expect((await ask({ url }, "9111111111")).status).toBe(202);
  });

  it("npm run dev:edge shows its outbox to this machine alone", async () => {
    expect(await outboxStatus({})).toBe(200);
    for (const headers of [
      { "cf-connecting-ip": "203.0.113.7" },
      { "x-forwarded-for": "203.0.113.7" },
      { host: "doorstep.example.workers.dev" },
      { host: "localhost.evil.example" },
      { origin: "http://evil.example" },
    ]) {
      expect(await outboxStatus(headers), JSON.stringify(headers)).toBe(404);
    }
  });
});
