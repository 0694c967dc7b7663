import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const BIN = join(ROOT, "node_modules/.bin");
const TWICE = "test/support/sample-run/twice";
const CONFIG = "test/support/sample-run/vitest.config.ts";

/** Runs one file of test/support/sample-run as `npm test` would. */
function run(name: string, env: Record<string, string> = {}) {
  const args = [join(BIN, "vitest"), "run", "--config", CONFIG, name];
  const options = { cwd: ROOT, env: { PATH: `${BIN}:/usr/bin:/bin`, CI: "true", ...env } };
  return new Promise<{ code: number | null; lines: string[] }>((resolve) => {
    const child = execFile(join(BIN, "node"), args, options, (_, stdout) => {
      resolve({ code: child.exitCode, lines: stdout.trimEnd().split("\n") });
    });
  });
}

// Each starts a process of its own, which takes long where every core is busy.
describe.concurrent("a test run", { timeout: 120_000 }, () => {
  it("a test run says what it skipped and why, and ends with what passed and failed", async ({
    expect,
  }) => {
    const { code, lines } = await run("services");
    expect(lines.slice(-2)).toEqual([
      "skipped 2: a service: not on this machine",
      "2 passed, 0 failed, 2 skipped",
    ]);
    expect(code).toBe(0);
  });

  it("a test run fails where a service is required and missing", async ({ expect }) => {
    const { code, lines } = await run("services", { REQUIRE_SERVICES: "1" });
    expect(lines.at(-1)).toBe("2 passed, 1 failed");
    expect(code).toBe(1);
  });

  it("a test run fails for every other skipped test as well, where services are required", async ({
    expect,
  }) => {
    const { code, lines } = await run("unexplained", { REQUIRE_SERVICES: "1" });
    expect(lines.at(-1)).toBe("0 passed, 1 failed");
    expect(code).toBe(1);
    expect((await run("unexplained")).code).toBe(0);
  });

  it("a test run fails for a rejection that nobody handled", async ({ expect }) => {
    const { code, lines } = await run("unhandled");
    expect(lines.at(-1)).toBe("1 passed, 1 failed");
    expect(code).toBe(1);
  });

  it("a test run fails for a suite that could not begin", async ({ expect }) => {
    const { code, lines } = await run("broken");
    expect(lines.at(-1)).toBe("0 passed, 1 failed, 1 skipped");
    expect(code).toBe(1);
  });
});

/** Runs `.ci/run` over one flaky file. `npm` and the services it installs are stand-ins. */
function runCi(fails: "once" | "always") {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-ci-"));
  const script = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  for (const service of ["redis-server", "chromium", "nginx", "caddy", "openssl"])
    script(service, "exit 1");
  const tests = `"${join(BIN, "node")}" "${join(ROOT, "scripts/run-tests.ts")}"`;
  script("npm", `[ "$1" = ci ] || { cd "${join(ROOT, TWICE)}" && exec ${tests}; }`);
  const env = {
    PATH: `${folder}:/usr/bin:/bin`,
    TMPDIR: folder,
    FAILS: fails,
    MARKER: join(folder, "tried"),
  };
  return new Promise<{ code: number | null; lines: string[] }>((resolve) => {
    const child = execFile(join(ROOT, ".ci/run"), { env }, (_, stdout) => {
      rmSync(folder, { recursive: true });
      resolve({ code: child.exitCode, lines: stdout.trimEnd().split("\n") });
    });
  });
}

describe.concurrent("a run of .ci/run", { timeout: 120_000 }, () => {
  const said = "second try: flaky.sample.ts: fails in the first try";

  it("a run of .ci/run whose second try passes is green and says in its last lines what it tried twice", async ({
    expect,
  }) => {
    const { code, lines } = await runCi("once");
    expect(lines.slice(-3)).toEqual(["NEEDED A SECOND TRY: 1", said, "2 passed, 0 failed"]);
    expect(code).toBe(0);
  });

  it("a run of .ci/run whose second try fails too is red, and says both", async ({ expect }) => {
    const { code, lines } = await runCi("always");
    expect(lines.slice(-3)).toEqual(["NEEDED A SECOND TRY: 1", said, "1 passed, 1 failed"]);
    expect(code).toBe(1);
  });
});

describe("the suites of this run", () => {
  it("the suites of this run reach no other machine", () => {
    // test/support/house/network-off.ts, by way of vitest.config.ts
    return expect(fetch("http://203.0.113.7/")).rejects.toMatchObject({
      cause: { message: expect.stringContaining("network is off") },
    });
  });
});
