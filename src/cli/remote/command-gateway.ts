import type { EnvironmentRecord } from "../../config/load-settings.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { nodeGateway } from "../../runtimes/node/node-gateway.ts";
import { loadNodeSettings } from "../../runtimes/node/node-settings.ts";
import type { CompleteSettings } from "../../runtimes/shared/complete-settings.ts";
import type { CommandOutput } from "../command-line.ts";

/**
 * Runs a command on the gateway's own parts, with the settings of `serve`. The parts log to stderr:
 * stdout belongs to the command.
 *
 * @returns the command's exit code, or 3 where a store is down
 */
export async function withGateway(
  env: EnvironmentRecord,
  io: CommandOutput,
  command: (gateway: Gateway, settings: CompleteSettings) => Promise<number>,
): Promise<number> {
  const { settings } = await loadNodeSettings({ LOG_LEVEL: "error", ...env });
  const { close, gateway, runtime } = await nodeGateway(settings, (line) => io.err(`${line}\n`));
  try {
    return await command(gateway, settings);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    io.err(`${error.message}\n`);
    return 3;
  } finally {
    await runtime.drain(5_000);
    await close();
  }
}
