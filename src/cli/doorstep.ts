#!/usr/bin/env node
import { enableCompileCache } from "node:module";

enableCompileCache();

const USAGE = `Usage: doorstep COMMAND

  serve           run the gateway until SIGTERM
  who PHONE|ID    which records there are, how they are tied, what a login would do
  unlock PHONE    forgive a phone its wrong codes; prints the plan, --apply does it
  sessions list WHO
                  who is logged in where
  sessions revoke WHO [--sid=SID]
                  end their sessions and forget the devices; --apply does it
  migrate         the indexes that help; prints the plan, --apply makes them
  keys generate   print new keys as environment settings
  policy check METHOD PATH --role R
                  which rule decides a call through the proxy, and how
  policy lint     errors of the policy file, and the risks that it accepts

who, unlock and sessions take --json, and --gateway URL to ask a running gateway with ADMIN_TOKEN.
Settings come from the environment; README.md lists them.
`;

const io = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};

/** @returns the exit code: 0 clean, 1 findings, 2 usage, 3 unreachable */
async function main([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case "serve":
      // A gateway must not start by mistake: `--help` is a question.
      return args.length > 0 ? usage(args) : (await import("./serve.ts")).serveCommand();
    case "keys":
      return (await import("./keys.ts")).keysCommand([...args], io);
    case "who":
      return (await import("./who.ts")).whoCommand(args, io, process.env);
    case "unlock":
      return (await import("./unlock.ts")).unlockCommand(args, io, process.env);
    case "sessions":
      return (await import("./sessions.ts")).sessionsCommand(args, io, process.env);
    case "migrate":
      return (await import("./migrate.ts")).migrateCommand(args, io, process.env);
    case "policy":
      return (await import("./policy.ts")).policyCommand(args, io, process.env);
    default:
      return usage([command ?? ""]);
  }
}

/** On stdout and 0 where it was asked for, and nothing else. */
function usage(args: readonly string[]): number {
  const asked = args.length === 1 && ["help", "--help", "-h"].includes(args[0] ?? "");
  (asked ? io.out : io.err)(USAGE);
  return asked ? 0 : 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { code, text } = await explain(error);
  io.err(`${text}\n`);
  // Not by `exitCode`: a connection opened before the failure would hold the process.
  process.exit(code);
}

/** An operator's mistake in a sentence; anything else with its stack. */
async function explain(error: unknown): Promise<{ readonly code: number; readonly text: string }> {
  const { StartError } = await import("../runtimes/shared/start-error.ts");
  const { AdapterError } = await import("../ports/adapter-error.ts");
  if (error instanceof StartError) return { code: 2, text: error.message };
  if (error instanceof AdapterError) {
    return { code: 3, text: `${error.message}: ${String(error.cause)}` };
  }
  return { code: 2, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
