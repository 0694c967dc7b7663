import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logInAt } from "../gateway/gateway-client.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../gateway/gateway-process.ts";
import { type LegacyBackend, startLegacyBackend } from "../legacy-backend/start.ts";

/** A `doorstep serve` in front of the stand-in, and a customer who is logged in at it. */
export interface ProxiedProcess {
  readonly gateway: GatewayProcess;
  readonly backend: LegacyBackend;
  readonly token: string;
}

type AtTheEnd = NonNullable<Parameters<typeof startGateway>[2]>;

const SHIPPED = join(import.meta.dirname, "../../../policy/earlybird.json");

/** The shipped policy, and the stand-in's own paths for the customer. */
function policyWithTestPaths(folder: string): string {
  const { rules, ...shared } = JSON.parse(readFileSync(SHIPPED, "utf8"));
  const path = join(folder, "policy.json");
  const ours = { match: "* /__test/:name", allow: ["customer"] };
  writeFileSync(path, JSON.stringify({ ...shared, rules: [...rules, ours] }));
  return path;
}

/** @param phone of a customer of the directory that the process reads */
export async function startProxied(
  env: Readonly<Record<string, string>>,
  atTheEnd: AtTheEnd,
  phone = "9876500001",
): Promise<ProxiedProcess> {
  const backend = await startLegacyBackend();
  atTheEnd(() => backend.stop());
  const folder = temporaryFolder(atTheEnd);
  const settings = {
    NODE_ENV: "development",
    LEGACY_UPSTREAM_URL: backend.url,
    LEGACY_JWT_SECRET: backend.secret,
    POLICY_FILE: policyWithTestPaths(folder),
    PROXY_TIMEOUT: "1s",
    ...env,
  };
  const gateway = await startGateway(folder, settings, atTheEnd);
  const { access_token: token } = await logInAt(gateway, phone);
  return { gateway, backend, token };
}
