import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../support/gateway/gateway-process.ts";
import { freePort } from "../../support/stores/redis-server.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const README = read("README.md");
const { scripts } = JSON.parse(read("package.json"));

interface Block {
  readonly language: string;
  readonly text: string;
}

const BLOCKS: readonly Block[] = [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
  .map(([, language = "", text = ""]) => ({ language, text: text.trimEnd() }))
  .filter(({ language }) => language !== "mermaid");

/** The rule that the README quotes is no output. */
const isRule = ({ text }: Block): boolean => text.startsWith('{\n  "match"');

/** What the README shows, with `…` for what differs from run to run. */
function shown(text: string) {
  const parts = text.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^…]+?")}\\s*$`);
}

/** A copy of the repository as a clone would have it, with the packages of this one. */
function cloneOfThis(): string {
  const folder = temporaryFolder();
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  for (const name of execFileSync("git", list, { cwd: ROOT, encoding: "utf8" }).split("\0")) {
    if (name === "" || !existsSync(join(ROOT, name))) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(ROOT, name), join(folder, name));
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** A terminal: its blocks run one after another in one shell. */
function openTerminal(cwd: string) {
  // The README shows a terminal of today: its bar is no ASCII.
  const env = { ...process.env, LC_ALL: "C.UTF-8" };
  const shell = spawn("bash", { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let err = "";
  shell.stdout.on("data", (chunk) => {
    out += chunk;
  });
  shell.stderr.on("data", (chunk) => {
    err += chunk;
  });
  onTestFinished(() => stop(shell));
  const mark = "---- end of a command ----";
  return {
    shell,
    printed: () => out + err,
    /** @returns the output of each line that the README shows an answer for */
    async run(text: string, answers: number): Promise<string[]> {
      out = "";
      const each = answers > 1 ? text.replaceAll(/^curl .*$/gm, `$&; echo; echo "${mark}"`) : text;
      shell.stdin.write(`${each}\n${answers > 1 ? "" : `echo; echo "${mark}"\n`}`);
      const parts = () => out.split(`${mark}\n`);
      await expect.poll(() => parts().length, { timeout: 20_000 }).toBe(Math.max(answers, 1) + 1);
      return parts().slice(0, -1);
    },
    begin(text: string): void {
      shell.stdin.end(`${text}\n`);
    },
  };
}

/** Ends a terminal and everything that runs in it. */
async function stop(shell: ChildProcess): Promise<void> {
  if (shell.exitCode !== null || shell.signalCode !== null || shell.pid === undefined) return;
  const ended = new Promise((resolve) => shell.once("exit", resolve));
  process.kill(-shell.pid, "SIGTERM");
  await ended;
}

describe("the README", () => {
  it("the README's blocks run in a row, in a new clone, and print what it shows", async () => {
    const folder = cloneOfThis();
    const port = await freePort();
    // Chosen when the stand-in starts: another test may take a port that stays free for long.
    let backendPort = 0;
    const here = (text: string) =>
      text
        .replaceAll("localhost:8787", `localhost:${port}`)
        .replaceAll("127.0.0.1:9885", `127.0.0.1:${backendPort}`)
        .replace(/^npm ci\n/, "")
        .replace(/npm start/, `PORT=${port} npm start`)
        .replace(/npm run legacy-backend/, `PORT=${backendPort} npm run legacy-backend`);
    const terminal = openTerminal(folder);
    let gateway: ReturnType<typeof openTerminal> | null = null;
    const blocks = BLOCKS.filter((block) => !isRule(block));
    expect(blocks[0]?.text).toBe("npm ci\nnpm start");
    for (const [at, { language, text }] of blocks.entries()) {
      if (language !== "sh") continue;
      const next = blocks.slice(at + 1);
      const end = next.findIndex((block) => block.language === "sh");
      const answers = (end === -1 ? next : next.slice(0, end)).map((block) => here(block.text));
      if (!/npm (start|run legacy-backend)/.test(text)) {
        const printed = await terminal.run(here(text), answers.length);
        for (const [index, answer] of answers.entries()) {
          expect(printed[index]?.trim(), text).toMatch(shown(answer.trim()));
        }
        continue;
      }
      if (text.includes("legacy-backend")) backendPort = await freePort();
      const started = openTerminal(folder);
      if (text.includes("npm start")) {
        if (gateway !== null) await stop(gateway.shell);
        gateway = started;
      }
      started.begin(here(text));
      const lines = answers.flatMap((answer) => answer.split("\n"));
      const wanted = lines.length > 0 ? lines : [/npm start/.test(text) ? "Gateway" : "listens on"];
      for (const line of wanted) {
        await expect.poll(started.printed, { timeout: 20_000 }).toContain(line);
      }
    }
    expect(gateway).not.toBeNull();
  }, 60_000);

  it("the rule in the README stands in the shipped policy", () => {
    const quoted = BLOCKS.filter(isRule).map(({ text }) => JSON.parse(text));
    expect(quoted).toHaveLength(1);
    const { rules } = JSON.parse(read("policy/earlybird.json"));
    expect(rules).toEqual(expect.arrayContaining(quoted));
  });

  it("the README has at most 900 words beside its blocks", () => {
    const words = README.replaceAll(/^```[\s\S]*?^```$/gm, "").split(/\s+/);
    expect(words.length).toBeLessThanOrEqual(900);
  });

  it("README and docs/commands.md name only commands that exist, and architecture.md each folder of src", () => {
    const folders = readdirSync(join(ROOT, "src"));
    const layers = [...read("docs/architecture.md").matchAll(/^\| `(\w+)` \|/gm)];
    expect(layers.map(([, name]) => name)).toEqual(expect.arrayContaining(folders));
    const commands = `${README}${read("docs/commands.md")}`;
    const run = [...commands.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name ?? "");
    expect(run.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});
