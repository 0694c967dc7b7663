/**
 * What a proxied request costs, as ratios within one run: numbers of one machine at one time say
 * nothing beside those of another.
 *
 * BENCH_SECONDS (4) per case and round, BENCH_ROUNDS (3), BENCH_CONNECTIONS (32). Then the Worker's
 * CPU beside Node's; BENCH_EDGE=0 leaves it out.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { sign } from "hono/jwt";
import { BODY } from "./body.ts";
import { startDoorstep } from "./doorstep.ts";
import { reportEdge } from "./edge.ts";
import { nginxMissing, startNginx } from "./nginx.ts";
import { runScript, startServer, stopAll } from "./process.ts";

const numberOf = (name: string, otherwise: number): number =>
  Number(process.env[name] ?? otherwise);
const SECONDS = numberOf("BENCH_SECONDS", 4);
const ROUNDS = numberOf("BENCH_ROUNDS", 3);
const CONNECTIONS = numberOf("BENCH_CONNECTIONS", 32);
const PATH = "/api/orders/";

interface Case {
  readonly name: string;
  readonly url: string;
  readonly token: string | null;
  readonly perSecond: number[];
}

interface Load {
  readonly answers: number;
  readonly perSecond: number;
  readonly wrong: readonly (readonly [string, number])[];
}

const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
process.on("exit", () => {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

const cases: Case[] = [];
const skipped: string[] = [];

/** Starts a case and asks it once: one that does not answer rightly is skipped, and says why. */
async function prepare(
  name: string,
  open: () => Promise<{ readonly url: string; readonly token: string | null }>,
): Promise<void> {
  try {
    const made = { name, ...(await open()), perSecond: [] };
    const answer = await fetch(made.url + PATH, { headers: headersOf(made) });
    const { length } = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200 || length !== BODY.length) {
      throw new Error(`it answers ${answer.status} with ${length} bytes`);
    }
    cases.push(made);
  } catch (error) {
    skipped.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const headersOf = ({ token }: Pick<Case, "token">): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

async function measure({ name, token, url }: Case, seconds: number): Promise<number> {
  const load = await runScript<Load>(
    "load.ts",
    ...[url + PATH, `${CONNECTIONS}`, `${seconds}`, JSON.stringify(headersOf({ token }))],
    `${BODY.length}`,
  );
  for (const [fault, times] of load.wrong) console.error(`${name}: ${fault}, ${times} times`);
  if (load.wrong.length > 0) throw new Error(`${name} answered wrongly`);
  return load.perSecond;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function prepareAll(): Promise<void> {
  const upstream = await startServer("servers/upstream.ts");
  const secret = randomBytes(32).toString("hex");
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  const token = await sign({ sub: "u-1", role: "customer", exp: inAnHour }, secret, "HS256");
  const missing = nginxMissing();
  const nginx = async (verifier: string | null) => {
    if (missing !== null) throw new Error(missing);
    return startNginx(folder, upstream, verifier);
  };
  await prepare("nginx proxy_pass", async () => ({ url: await nginx(null), token: null }));
  await prepare("bare node:http, not proxied", async () => ({ url: upstream, token: null }));
  await prepare("node:http + undici Pool.stream", async () => ({
    url: await startServer("servers/undici-stream.ts", upstream),
    token: null,
  }));
  await prepare("Doorstep: forwarding alone", async () => ({
    url: await startServer("servers/forwarding.ts", upstream),
    token: null,
  }));
  await prepare("Doorstep: token, session, policy", () => startDoorstep(folder, upstream));
  await prepare("nginx auth_request + hono jwt", async () => ({
    url: await nginx(missing === null ? await startServer("servers/verifier.ts", secret) : null),
    token,
  }));
  await prepare("hono jwt + proxy()", async () => ({
    url: await startServer("servers/hono-proxy.ts", upstream, secret),
    token,
  }));
}

function report(): void {
  const baseline = cases[0];
  if (baseline === undefined) throw new Error("nothing could be measured");
  const base = median(baseline.perSecond);
  console.log(
    `\nA proxied GET of ${BODY.length} bytes, ${CONNECTIONS} connections, median of ${ROUNDS} rounds`,
  );
  console.log(`of ${SECONDS} s in turn; "${baseline.name}" is 1.`);
  const cores = availableParallelism();
  if (cores < 4) {
    console.log(
      `${cores} processors for load, proxy and backend together: each takes from the others, ` +
        "and ratios lie closer to each other than they are.",
    );
  }
  console.log(`\n${"".padEnd(36)}ratio   answers/s   lowest - highest`);
  for (const { name, perSecond } of cases) {
    const ratio = (median(perSecond) / base).toFixed(2);
    const [low, high] = [Math.min(...perSecond), Math.max(...perSecond)].map(Math.round);
    console.log(
      `${name.padEnd(36)}${ratio}${`${Math.round(median(perSecond))}`.padStart(12)}   ${low} - ${high}`,
    );
  }
  for (const reason of skipped) console.log(`skipped: ${reason}`);
}

await prepareAll();
for (const each of cases) await measure(each, Math.min(1, SECONDS));
for (let round = 0; round < ROUNDS; round++) {
  for (const each of cases) each.perSecond.push(await measure(each, SECONDS));
  console.error(`round ${round + 1} of ${ROUNDS}`);
}
report();
if (process.env["BENCH_EDGE"] !== "0") {
  await reportEdge(folder, await startServer("servers/upstream.ts"));
}
process.exit(0);
