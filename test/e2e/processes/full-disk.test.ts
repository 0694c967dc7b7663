import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { NODE, temporaryFolder } from "../../support/gateway/gateway-process.ts";
import { freePort } from "../../support/stores/redis-server.ts";

const SRC = `${import.meta.dirname}/../../../src`;
const DOORSTEP = `${SRC}/cli/doorstep.ts`;
const WRITER = pathToFileURL(`${SRC}/cli/output/lines/line-writer.ts`).href;

/** A process with /dev/full as its stdout: each write fails as on a full disk. */
function onFullDisk(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const full = openSync("/dev/full", "w");
  const child = spawn(NODE, args, {
    cwd: temporaryFolder(),
    env,
    stdio: ["ignore", full, "pipe"],
  });
  closeSync(full);
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return { child, ended: once(child, "close"), stderr: () => stderr };
}

describe.skipIf(!existsSync("/dev/full"))("a full disk below the output", () => {
  it("ends no gateway: it serves on, says so once on stderr, and stops cleanly", async () => {
    const PORT = String(await freePort());
    const { child, ended, stderr } = onFullDisk([DOORSTEP, "serve"], { PORT });
    const statusOf = (path: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${PORT}${path}`, init).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(() => statusOf("/healthz"), { timeout: 20_000 }).toBe(200);
    const asked = { method: "POST", body: '{"phone":"9876500001"}' };
    const headers = { "content-type": "application/json" };
    expect(await statusOf("/auth/otp", { ...asked, headers })).toBe(202);
    expect(await statusOf("/healthz")).toBe(200);
    expect(stderr().match(/"event":"log-refused","because":"ENOSPC"/g)).toHaveLength(1);
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });

  it("makes a command say that its report is not whole, and fail", async () => {
    const { ended, stderr } = onFullDisk([DOORSTEP, "policy", "lint"]);
    expect(await ended).toEqual([2, null]);
    expect(stderr()).toBe("The output is not whole: the disk is full.\n");
  });
});

/** Writes a line for each message of its parent, and tells what its writer tells. */
const WRITING = `
  import { lineWriter } from ${JSON.stringify(WRITER)};
  process.stdout.on("error", () => undefined);
  const write = (line) => writer.write(JSON.stringify(line));
  const writer = lineWriter(process.stdout, {
    refused: (because) => process.stderr.write("refused " + because),
    dropped: (count) => write({ count }),
  });
  let nth = 0;
  process.send("ready");
  process.on("message", () => {
    write({ nth: nth++, text: "x".repeat(300) });
    setImmediate(() => setImmediate(() => process.send(nth)));
  });`;

it("lines that a full disk refused are counted once it has room again, and no line is joined to a half one", async () => {
  const log = join(temporaryFolder(), "log");
  // The file may have 1 KiB: three lines, and a part of the fourth.
  const limited = `ulimit -f 1; exec "$0" --input-type=module -e "$1" >> "$2"`;
  const child = spawn("bash", ["-c", limited, NODE, WRITING, log], {
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const stderr = once(child.stderr?.setEncoding("utf8") ?? child, "data");
  await once(child, "message");
  const writeOne = async () => {
    const written = once(child, "message");
    child.send("line");
    await written;
  };
  for (let n = 0; n < 6; n++) await writeOne();
  expect(await stderr).toEqual(["refused EFBIG"]);
  expect(readFileSync(log).length).toBe(1024);
  truncateSync(log, 300);
  await writeOne();
  const lines = () => readFileSync(log, "utf8").slice(300).split("\n");
  await expect.poll(() => lines().length).toBe(4);
  expect(lines()[0]).toBe("");
  expect(
    lines()
      .slice(1, 3)
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ nth: 6 }, { count: 2 }]);
});

it("a pipe that its reader closed is told once, and the process goes on", async () => {
  const child = spawn(NODE, ["--input-type=module", "-e", WRITING], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let told = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  await once(child, "message");
  child.stdout?.destroy();
  await once(child.stdout ?? child, "close");
  for (let n = 1; n <= 5; n++) {
    const written = once(child, "message");
    child.send("line");
    expect((await written)[0]).toBe(n);
  }
  await expect.poll(() => told).toBe("refused EPIPE");
});
