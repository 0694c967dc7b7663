import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { logInAt } from "../test/support/gateway/gateway-client.ts";
import { NODE, start } from "./process.ts";

const ROOT = join(import.meta.dirname, "..");
/** A customer of `sample/`. */
const PHONE = "9876500001";

export interface RunningDoorstep {
  readonly url: string;
  /** Of a customer who logged in with a code. */
  readonly token: string;
}

/**
 * Doorstep as it is started in earnest, with stores of its own in `folder`, the shipped policy and
 * no log line per request, in front of `upstream`.
 */
export async function startDoorstep(folder: string, upstream: string): Promise<RunningDoorstep> {
  const { line } = start(NODE, [join(ROOT, "src/cli/doorstep.ts"), "serve"], {
    cwd: folder,
    env: {
      PORT: "0",
      LOG_LEVEL: process.env["BENCH_LOG_LEVEL"] ?? "info",
      LEGACY_UPSTREAM_URL: upstream,
      LEGACY_JWT_SECRET: randomBytes(48).toString("base64"),
      POLICY_FILE: join(ROOT, "policy/earlybird.json"),
    },
  });
  const url = await line(startedAt);
  const { access_token: token } = await logInAt({ url }, PHONE);
  return { url, token };
}

function startedAt(text: string): string | null {
  const line = JSON.parse(text) as { readonly event?: unknown; readonly port?: unknown };
  return line.event === "started" ? `http://127.0.0.1:${line.port}` : null;
}
