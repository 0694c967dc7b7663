import { isLoopback } from "../../../src/core/address/loopback.ts";
import { startLegacyBackend } from "./start.ts";

/**
 * `node test/support/legacy-backend/main.ts`: the stand-in for a proxy tried by hand. It is full
 * of holes on purpose, so it listens on loopback and nowhere else.
 */
const { HOST = "127.0.0.1", LEGACY_JWT_SECRET = "", PORT = "9885" } = process.env;

async function main(): Promise<string | null> {
  if (!isLoopback(HOST)) return "HOST must be loopback: anybody may read and write everything here";
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) return "PORT must be a port";
  if (LEGACY_JWT_SECRET === "") return "LEGACY_JWT_SECRET must be set, to the gateway's own";
  const options = { port: Number(PORT), secret: LEGACY_JWT_SECRET, testPaths: false };
  const backend = await startLegacyBackend(options);
  console.log(`the legacy backend's stand-in listens on ${backend.url}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void backend.stop());
  }
  return null;
}

const refusal = await main();
if (refusal !== null) {
  console.error(refusal);
  process.exitCode = 2;
}
