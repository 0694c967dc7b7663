import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { NODE, startGateway, temporaryFolder } from "../support/gateway/gateway-process.ts";
import { startLegacyBackend } from "../support/legacy-backend/start.ts";

const ROOT = join(import.meta.dirname, "../..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The code blocks below one heading, in order. */
function blocksOf(heading: string): Block[] {
  const [, section = ""] = README.split(`\n## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  return [...body.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
    language,
    text: text.trimEnd(),
  }));
}

/** What the README shows, with `…` for what differs from run to run. */
function shown(text: string) {
  const parts = text.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^…]+?")}$`);
}

describe("the README", () => {
  it("the README shows what its two-minute path prints, command by command", async () => {
    const [start, banner, ...steps] = blocksOf("Two minutes to a token");
    expect(start?.text).toBe("npm ci\nnpm start");
    expect(scripts.start).toBe("node src/cli/doorstep.ts serve");
    const gateway = await startGateway(temporaryFolder());
    const here = (text: string) => text.replaceAll("localhost:8787", `localhost:${gateway.port}`);
    for (const line of here(banner?.text ?? "").split("\n")) {
      await expect.poll(() => gateway.stderr().split("\n")).toContain(line);
    }

    const commands = steps.filter(({ language }) => language === "sh");
    const outputs = steps.filter(({ language }) => language === "json");
    expect(steps.map(({ language }) => language)).toEqual(commands.flatMap(() => ["sh", "json"]));
    expect(commands.length).toBeGreaterThan(3);
    const mark = "---- end of a command ----";
    const script = commands.map(({ text }) => `${here(text)}\necho; echo "${mark}"\n`).join("\n");
    const printed = execFileSync("bash", ["-eo", "pipefail", "-c", script], {
      cwd: gateway.folder,
      env: { PATH: [dirname(NODE), process.env["PATH"]].join(delimiter) },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }).split(`\n${mark}\n`);
    for (const [index, { text }] of outputs.entries()) expect(printed[index]).toMatch(shown(text));
  });

  it("the README shows what the proxy answers in front of the legacy backend's stand-in", async () => {
    const [, banner, ...login] = blocksOf("Two minutes to a token");
    expect(banner?.language).toBe("text");
    const [stand, start, ...steps] = blocksOf("In front of the legacy backend");
    const secret = /LEGACY_JWT_SECRET=(\S+)/.exec(stand?.text ?? "")?.[1] ?? "";
    expect(start?.text).toContain(`LEGACY_JWT_SECRET=${secret}\nLEGACY_UPSTREAM_URL=`);
    const backend = await startLegacyBackend({ secret, testPaths: false });
    onTestFinished(() => backend.stop());
    const env = { LEGACY_JWT_SECRET: secret, LEGACY_UPSTREAM_URL: backend.url };
    const gateway = await startGateway(temporaryFolder(), env);
    const here = (text: string) => text.replaceAll("localhost:8787", `localhost:${gateway.port}`);
    const pause = `until curl -s ${gateway.url}/dev/outbox | grep -q code; do sleep 0.1; done`;
    const toLogIn = login
      .filter(({ language }) => language === "sh")
      .map(({ text }) => `${here(text)} > /dev/null\n${pause}\n`);
    const mark = "---- end of an answer ----";
    const asked = steps
      .filter(({ language }) => language === "sh")
      .map(({ text }) =>
        here(text)
          .replaceAll("\\\n", "")
          .replaceAll(/^curl .*$/gm, `$&; echo; echo "${mark}"`),
      );
    // Not in one go: the stand-in answers in this process.
    const { stdout } = await promisify(execFile)(
      "bash",
      ["-eo", "pipefail", "-c", [...toLogIn, ...asked].join("\n")],
      {
        cwd: gateway.folder,
        env: { PATH: [dirname(NODE), process.env["PATH"]].join(delimiter) },
      },
    );
    const printed = stdout.split(`\n${mark}\n`);
    const outputs = steps.filter(({ language }) => language === "json");
    expect(outputs.length).toBe(3);
    for (const [index, { text }] of outputs.entries()) {
      expect(printed[index]).toMatch(shown(here(text)));
    }
  });

  it("the README names every folder of src, and only commands and files that exist", () => {
    const section = README.split("\n## How it is built\n")[1]?.split("\n## ")[0] ?? "";
    const named = [...section.matchAll(/^\| `([\w/]+)` \|/gm)].map(([, name]) => name ?? "");
    const folders = readdirSync(join(ROOT, "src")).map((name) => `src/${name}`);
    expect(named).toEqual(expect.arrayContaining(folders));
    expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
    const run = [...README.matchAll(/`npm run ([\w:-]+)/g)].map(([, name]) => name ?? "");
    expect(run.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});
