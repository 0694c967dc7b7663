import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { NODE, temporaryFolder } from "../../support/gateway/gateway-process.ts";

const ROOT = join(import.meta.dirname, "../../..");
const WITHIN_MS = 240_000;

/** Node 24 and npm as a machine without this repository has them: nothing of its node_modules. */
function plainMachine(folder: string): NodeJS.ProcessEnv {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  symlinkSync(realpathSync(NODE), join(bin, "node"));
  const others = (process.env["PATH"] ?? "").split(delimiter);
  const path = [bin, ...others.filter((name) => !name.includes("node_modules"))].join(delimiter);
  const { HOME = folder } = process.env;
  // npm's own cache spares the registry what `npm ci` fetched.
  return { PATH: path, HOME, PORT: "0", NPM_CONFIG_PREFER_OFFLINE: "true" };
}

function run(cwd: string, env: NodeJS.ProcessEnv, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, env, encoding: "utf8", timeout: WITHIN_MS });
}

/** `npx doorstep serve`, ended with the test. @returns its address */
async function serve(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn("npx", ["doorstep", "serve"], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"] as const,
  });
  // npx and the gateway are one group of processes.
  onTestFinished(() => void process.kill(-(child.pid ?? 0), "SIGKILL"));
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, port } = JSON.parse(line);
    if (event === "started") return `http://127.0.0.1:${port}`;
  }
  throw new Error("the gateway ended before it started");
}

async function post(url: string, body: unknown) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

/** Type-checks a page with `doorstep/client` from the installed package. @returns what that exports */
function typesAndNames(folder: string, env: NodeJS.ProcessEnv): string {
  const page = `import { createDoorstep, type DoorstepError } from "doorstep/client";
const doorstep = createDoorstep({ url: "https://login.example", storage: "memory" });
const codeOf = ({ code }: DoorstepError): "otp-rejected" | string => code;
// @ts-expect-error: where the tokens are kept is for the page to say
createDoorstep({ url: "https://login.example" });
export const names: Promise<string | undefined> = doorstep.current().then((who) => who?.user.name);
export { codeOf };`;
  writeFileSync(join(folder, "page.ts"), page);
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "false", "--lib", "es2022,dom"];
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const module = ["--target", "es2022", "--module", "nodenext", "--types", ""];
  run(folder, env, "node", tsc, ...flags, ...module, "page.ts");
  const names = 'import("doorstep/client").then((all) => console.log(...Object.keys(all).sort()))';
  return run(folder, env, "node", "--eval", names)
    .trim()
    .split(" ")
    .sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase()))
    .join(" ");
}

describe("the package that npm pack makes", () => {
  it("the package that npm pack makes logs a sample customer in on plain Node 24, from an empty folder, and holds no test", {
    timeout: WITHIN_MS,
  }, async () => {
    const machine = temporaryFolder();
    const env = plainMachine(machine);
    const folder = join(machine, "empty");
    mkdirSync(folder);
    const [packed] = JSON.parse(
      run(ROOT, env, "npm", "pack", "--json", "--silent", "--pack-destination", machine),
    );
    const paths = packed.files.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(["dist/cli/doorstep.js", "policy/earlybird.json", "LICENSE"]),
    );
    const isCode = (path: string) => /^(test|src|scripts)\/|\.ts$/.test(path);
    const types = (path: string) => /^dist\/client\/[\w-]+\.d\.ts$/.test(path);
    expect(paths.filter((path: string) => isCode(path) && !types(path))).toEqual([]);

    writeFileSync(join(folder, "package.json"), "{}");
    run(folder, env, "npm", "install", "--no-audit", "--no-fund", join(machine, packed.filename));
    const url = await serve(folder, env);
    const sent = await post(`${url}/auth/otp`, { phone: "9876500001" });
    const outbox = await fetch(`${url}/dev/outbox?wait=5`);
    const { messages } = (await outbox.json()) as { messages: { code: string }[] };
    const { challenge_id } = sent.body;
    const login = await post(`${url}/auth/otp/verify`, { challenge_id, code: messages[0]?.code });
    expect(login).toMatchObject({ status: 200, body: { customer: { name: "Asha Rao" } } });
    expect(typesAndNames(folder, env)).toBe("createDoorstep DoorstepError listenForCode");
  });

  it("the package that npm pack makes states the Node that it runs on, and a licence, and stays private", () => {
    const about = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(about).toMatchObject({ private: true, license: "MIT", engines: { node: ">=24" } });
    expect(Object.keys(about.optionalDependencies ?? {})).toEqual([]);
  });
});
