import { availableParallelism } from "node:os";
import type { EnvironmentRecord } from "../../config/load-settings.ts";
import { describeThrown } from "../../http/middleware/request-log.ts";
import { loadNodeSettings } from "../../runtimes/node/node-settings.ts";
import {
  askedByTheSupervisor,
  isFirst,
  isOneOfSeveral,
} from "../../runtimes/node/processes/cluster-process.ts";
import { type RunCommand, runLine } from "../command-line.ts";
import { banner } from "../output/banner.ts";
import { lineWriter } from "../output/lines/line-writer.ts";
import { toldLosses } from "../output/lines/told-losses.ts";

/** After DRAIN_DELAY. Supervisors kill ten seconds and DRAIN_DELAY after SIGTERM. */
const EXIT_WITHIN_MS = 9_700;

const DESCRIPTION =
  "Runs the gateway until SIGTERM or SIGINT; a second signal ends it at once. Settings come from the environment; docs/settings.md lists them.";

/** `doorstep serve`: runs the gateway. Any argument is an error: a gateway must not start by mistake. */
export const serveCommand: RunCommand = (args, io, env) =>
  runLine("doorstep serve", args, io, (line) =>
    line.description(DESCRIPTION).action(() => serve(env)),
  );

async function serve(env: EnvironmentRecord): Promise<never> {
  const loaded = await loadNodeSettings(env);
  const { processes } = loaded.settings.server;
  const count = processes === "auto" ? availableParallelism() : processes;
  if (count > 1 && !isOneOfSeveral()) {
    const { serveProcesses } = await import("../serve-processes.ts");
    return serveProcesses(loaded.settings, count);
  }
  const { startNode } = await import("../../runtimes/node/node.ts");
  const lines = lineWriter(
    process.stdout,
    toldLosses(loaded.settings, () => log),
  );
  const { log, settings, stop } = await startNode({ env, loaded, write: lines.write });
  // Not earlier: a start that hangs must end at the first signal, and loses nothing.
  const asked = isOneOfSeveral() ? askedByTheSupervisor() : firstSignal();
  // Node's own report would quote the error's text, which may hold its input.
  process.on("uncaughtException", (error) => {
    log.write("error", "crashed", describeThrown(error));
    process.exit(1);
  });
  if (settings.environment === "development" && isFirst()) process.stderr.write(banner(settings));
  await asked;
  // A second signal ends the process at once, and no code runs.
  lines.hurry();
  // Sockets of a dead store, or of abandoned work, can keep the process alive.
  setTimeout(() => process.exit(0), settings.connections.drainDelayMs + EXIT_WITHIN_MS);
  await stop();
  process.exit(0);
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    const heard = () => {
      process.off("SIGTERM", heard);
      process.off("SIGINT", heard);
      resolve();
    };
    process.on("SIGTERM", heard);
    process.on("SIGINT", heard);
  });
}
