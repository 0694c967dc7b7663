import { startNode } from "../runtimes/node.ts";
import { banner } from "./banner.ts";

/** `doorstep serve`: runs the gateway until SIGTERM or SIGINT. */
export async function serveCommand(): Promise<number> {
  const running = await startNode({
    env: process.env,
    write: (line) => process.stdout.write(`${line}\n`),
  });
  if (running.settings.environment === "development")
    process.stderr.write(banner(running.settings));
  await new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  await running.stop();
  return 0;
}
