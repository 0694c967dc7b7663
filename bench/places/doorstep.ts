import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { logInAt } from "../../test/support/gateway/gateway-client.ts";
import { NODE, type Started, start } from "../process.ts";

export const ROOT = join(import.meta.dirname, "../..");
/** A customer of `sample/`. */
const PHONE = "9876500001";

/** A gateway to measure: this checkout's, and beside it that of another one, such as a commit before. */
export interface Checkout {
  /** What the names of its cases begin with. */
  readonly label: string;
  readonly root: string;
}

/** `--beside CHECKOUT` of the bench; the checkout needs a `node_modules`. */
export function checkouts(): readonly Checkout[] {
  const beside = process.env["BENCH_BESIDE"] ?? "";
  const other = beside === "" ? [] : [{ label: "Before", root: beside }];
  return [{ label: "Doorstep", root: ROOT }, ...other];
}

export type Env = Readonly<Record<string, string>>;

export interface RunningDoorstep extends Pick<Started, "lines" | "stop"> {
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
}

/** Doorstep as it is started in earnest, with stores of its own in `folder`. */
export async function startDoorstep(
  folder: string,
  env: Env = {},
  root = ROOT,
): Promise<RunningDoorstep> {
  mkdirSync(folder, { recursive: true });
  const { child, line, lines, stop } = start(NODE, [join(root, "bin/doorstep.js"), "serve"], {
    cwd: folder,
    env: { NODE_ENV: "development", PORT: "0", ...env },
  });
  const url = await line(env["PROCESSES"] === "2" ? allStarted() : startedAt);
  return { url, pid: child.pid ?? 0, folder, lines, stop };
}

/** The settings of one that forwards to `upstream` by a policy. */
export const inFrontOf = (upstream: string, policyFile: string): Env => ({
  LEGACY_UPSTREAM_URL: upstream,
  LEGACY_JWT_SECRET: randomBytes(48).toString("base64"),
  POLICY_FILE: policyFile,
});

/** The access token of a customer who logged in with a code, and the customer's id. */
export async function customerAt(
  gateway: Pick<RunningDoorstep, "url">,
): Promise<{ readonly token: string; readonly customerId: string }> {
  const { access_token: token, customer } = await logInAt(gateway, PHONE);
  return { token, customerId: customer.id };
}

function startedAt(text: string): string | null {
  const line = JSON.parse(text) as { readonly event?: unknown; readonly port?: unknown };
  return line.event === "started" ? `http://127.0.0.1:${line.port}` : null;
}

/** Of several processes: the address, as soon as all of them serve. */
function allStarted(): (text: string) => string | null {
  let url: string | null = null;
  return (text) => {
    url ??= startedAt(text);
    return text.includes('"event":"processes"') ? url : null;
  };
}
