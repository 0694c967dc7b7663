import { jsonLog } from "../../../adapters/console/log.ts";
import type { Log } from "../../../ports/log.ts";
import type { LostLines } from "../../../runtimes/node/processes/counted-lines.ts";
import type { CompleteSettings } from "../../../runtimes/shared/complete-settings.ts";

/** Tells on stderr that stdout refuses the log, and in the log how many lines were lost. */
export function toldLosses({ logLevel }: CompleteSettings, log: () => Log): LostLines {
  const write = (line: string) => void process.stderr.write(`${line}\n`);
  const elsewhere = jsonLog({ level: logLevel, now: Date.now, write });
  return {
    refused: (because) => elsewhere.write("error", "log-refused", { because }),
    dropped: (count) => log().write("error", "log-lines-dropped", { count }),
  };
}
