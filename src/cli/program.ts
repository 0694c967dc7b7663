import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { type RunCommand, runLine } from "./command-line.ts";

/** The commands, each loaded only on use: a start needs none of the others. */
const COMMANDS: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<RunCommand> }>
> = {
  serve: {
    summary: "run the gateway until SIGTERM",
    load: async () => (await import("./commands/serve.ts")).serveCommand,
  },
  doctor: {
    summary: "what is wrong with this installation, why it matters, and how to mend it",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  who: {
    summary: "show a person's records, how they are linked, and what a login would do",
    load: async () => (await import("./commands/who.ts")).whoCommand,
  },
  audit: {
    summary: "count who can sign in by phone, and why others cannot",
    load: async () => (await import("./commands/audit.ts")).auditCommand,
  },
  unlock: {
    summary: "forgive a phone its wrong codes; prints the plan, --apply unlocks",
    load: async () => (await import("./commands/unlock.ts")).unlockCommand,
  },
  sessions: {
    summary: "list or revoke the sessions of a person",
    load: async () => (await import("./commands/sessions.ts")).sessionsCommand,
  },
  link: {
    summary: "link every customer with certain evidence, or two records by hand; --apply writes",
    load: async () => (await import("./commands/link.ts")).linkCommand,
  },
  unlink: {
    summary: "part a customer and a user; prints both records, --apply parts them",
    load: async () => (await import("./commands/unlink.ts")).unlinkCommand,
  },
  "change-phone": {
    summary: "give a customer a new number; prints both records, --apply writes",
    load: async () => (await import("./commands/change-phone.ts")).changePhoneCommand,
  },
  decide: {
    summary: "carry out the decisions in the CSV of audit; prints the plan, --apply writes",
    load: async () => (await import("./commands/decide.ts")).decideCommand,
  },
  adopt: {
    summary: "give users without a delivery record one; prints the plan, --apply writes",
    load: async () => (await import("./commands/adopt.ts")).adoptCommand,
  },
  sync: {
    summary: "copy name and phone from customers_v2 to linked users; --apply writes",
    load: async () => (await import("./commands/mend/sync.ts")).syncCommand,
  },
  normalize: {
    summary: "write phones in one spelling where nothing is lost; --apply writes",
    load: async () => (await import("./commands/mend/normalize.ts")).normalizeCommand,
  },
  "close-passwords": {
    summary: "remove customers' password hashes, and strand no one; --apply removes",
    load: async () => (await import("./commands/mend/close-passwords.ts")).closePasswordsCommand,
  },
  undo: {
    summary: "list the runs of commands that wrote, or take one back",
    load: async () => (await import("./commands/undo.ts")).undoCommand,
  },
  export: {
    summary: "write every person of both collections once, as JSON lines",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  migrate: {
    summary: "make the MongoDB indexes; prints the plan, --apply makes them",
    load: async () => (await import("./commands/migrate.ts")).migrateCommand,
  },
  keys: {
    summary: "generate keys as environment settings",
    load: async () => (await import("./commands/keys.ts")).keysCommand,
  },
  policy: {
    summary: "check a call against the policy, or lint the policy file",
    load: async () => (await import("./commands/policy.ts")).policyCommand,
  },
};

const MORE = `
"doorstep COMMAND --help" explains one command. Settings come from the environment; docs/settings.md lists them.
Exit codes: 0 clean, 1 findings, 2 usage, 3 unreachable.`;

/** The whole command line; without a word, where the installation stands. @returns the exit code: 0 clean, 1 findings, 2 usage, 3 unreachable */
export const runDoorstep: RunCommand = async (args, io, env) => {
  if (args.length > 0) return runLineOf(args, io, env);
  const { showStatus } = await import("./status.ts");
  return showStatus(io, env);
};

const runLineOf: RunCommand = (args, io, env) =>
  runLine("doorstep", args, io, (line, exit) => {
    line.usage("COMMAND").description("Phone-OTP auth gateway.").version(version());
    line.enablePositionalOptions().helpCommand(false).addHelpText("after", MORE);
    for (const [name, { load, summary }] of Object.entries(COMMANDS)) {
      handOver(line.command(name).description(summary), async (rest) =>
        exit(await (await load())(rest, io, env)),
      );
    }
    line
      .command("help")
      .argument("[command]")
      .description("explain a command")
      .action(async (name?: string) => {
        const asked = name === undefined ? [] : [name];
        exit(await runDoorstep([...asked, "--help"], io, env));
      });
  });

/** The command's own file parses the rest of the line, with its options and `--help`. */
const handOver = (command: Command, run: (rest: readonly string[]) => Promise<void>): Command =>
  command
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .passThroughOptions()
    .action(() => run(command.args));

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
