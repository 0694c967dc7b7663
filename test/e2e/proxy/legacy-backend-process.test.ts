import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { NODE } from "../../support/gateway/gateway-process.ts";

const MAIN = join(import.meta.dirname, "../../support/legacy-backend/main.ts");
const SECRET = { LEGACY_JWT_SECRET: "a secret for trying the proxy by hand" };

function run(env: Readonly<Record<string, string>>) {
  const child = spawn(NODE, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

describe("the legacy backend's stand-in as a process", () => {
  it("the legacy backend's stand-in as a process says in one line where it listens, serves, and ends at SIGTERM", async () => {
    const child = run({ PORT: "0", ...SECRET });
    const [line] = await once(createInterface(child.stdout), "line");
    const [url] = /http:\/\/127\.0\.0\.1:\d+$/.exec(line) ?? [];
    expect(await (await fetch(`${url}/api/`)).json()).toEqual({ message: "EarlyBird API" });
    expect((await fetch(`${url}/__test/echo`)).status).toBe(404);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it.each([
    ["HOST must be loopback", { ...SECRET, HOST: "0.0.0.0" }],
    ["LEGACY_JWT_SECRET must be set", {}],
  ])("the legacy backend's stand-in as a process refuses to start: %s", async (reason, env) => {
    const child = run({ PORT: "0", ...env });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
  });
});
