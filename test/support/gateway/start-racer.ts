import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { type AtTheEnd, COMPILED, NODE } from "./gateway-process.ts";
import type { Race, RacedLogin } from "./login-racer.ts";

/**
 * A process of `login-racer.ts`.
 *
 * @param folder holds its `.data`
 * @param atTheEnd takes what ends the process; the end of the test by default
 */
export async function startRacer(
  folder: string,
  env: Readonly<Record<string, string>>,
  atTheEnd: AtTheEnd = onTestFinished,
): Promise<(race: Race) => Promise<RacedLogin[]>> {
  const script = join(import.meta.dirname, "login-racer.ts");
  const child = spawn(NODE, [script], {
    cwd: folder,
    env: { ...COMPILED, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit").then(() => Promise.reject(new Error("the racer ended")));
  ended.catch(() => undefined);
  atTheEnd(async () => {
    child.stdin.end();
    await ended.catch(() => undefined);
  });
  const lines = createInterface({ input: child.stdout });
  const nextLine = async () => (await Promise.race([once(lines, "line"), ended]))[0] as string;
  if ((await nextLine()) !== "ready") throw new Error("the racer did not start");
  return async (race) => {
    child.stdin.write(`${JSON.stringify(race)}\n`);
    return JSON.parse(await nextLine()) as RacedLogin[];
  };
}
