import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { startDoorstep } from "./bench/places/doorstep.ts";
import { addCustomers, phoneOf } from "./bench/places/customers.ts";
import { runScript, start, NODE } from "./bench/process.ts";
import { startedAt, ROOT } from "./bench/places/doorstep.ts";
import { cpuOfTreesMs } from "./bench/cpu.ts";
const [mode = "first", n = "400"] = process.argv.slice(2);
const folder = mkdtempSync("/tmp/store-prof/");
const U = "1000000/1h";
const env = { NODE_ENV: "development", PORT: "0", OTP_RESEND_WAIT: "1s", OTP_SENDS_PER_PHONE: U, LIMIT_OTP_PER_ADDRESS: U, LIMIT_VERIFY_PER_ADDRESS: U, LIMIT_SENDS_PER_SERVICE: U, LIMIT_FAILURES_PER_SERVICE: U, TRUSTED_PROXIES: "127.0.0.1", NODE_OPTIONS: process.env.PROF ? `--cpu-prof --cpu-prof-dir=${folder}/prof --cpu-prof-interval 200` : "" };
const { child, line } = start(NODE, [ROOT + "/src/cli/doorstep.ts", "serve"], { cwd: folder, env });
const url = await line(startedAt);
child.stdout!.resume();
const logins = Number(n);
addCustomers(folder, logins + 100);
import { threads, io } from "./.threads.mjs";
const run = async (from: number, count: number, isFirst: boolean) => {
  const phones = Array.from({ length: count }, (_, i) => phoneOf(from + i));
  const cpu = cpuOfTreesMs([child.pid!]);
  const t0 = threads(child.pid!); console.log(io(child.pid!)); const load: any = await runScript("login-load.ts", JSON.stringify({ url, protocol: "doorstep", phones, inFlight: 20, isFirst }));
  await sleep(1200); if (process.env.THREADS) { const t1 = threads(child.pid!); console.log(io(child.pid!)); for (const [k, [u, s]] of Object.entries(t1)) { const [a, b] = (t0 as any)[k] ?? [0, 0]; if (u + s - a - b > 0) console.log(k, "user", ((u - a) * 1000 / count).toFixed(0), "sys", ((s - b) * 1000 / count).toFixed(0)); } }
  console.log(isFirst ? "first" : "next", "cpu us", ((cpuOfTreesMs([child.pid!]) - cpu) * 1000 / count).toFixed(0), "rate", load.perSecond.toFixed(0), JSON.stringify(load.wrong));
};
await run(0, 100, true);
for (let r = 0; r < (process.env.PROF ? 1 : 4); r++) {
if (mode === "first") await run(100 + r * logins / 4, process.env.PROF ? logins : logins / 4, true);
else { if (r === 0) await run(100, logins, true); await run(100, logins, false); }
}
child.kill("SIGTERM");
await once(child, "exit");
if (process.env.PROF) {
  for (const file of readdirSync(folder + "/prof")) {
    const p = JSON.parse(readFileSync(`${folder}/prof/${file}`, "utf8"));
    const self = new Map<number, number>();
    p.samples.forEach((id: number, i: number) => self.set(id, (self.get(id) ?? 0) + p.timeDeltas[i]));
    const byFn = new Map<string, number>(), byPkg = new Map<string, number>();
    let total = 0;
    const incl = new Map<string, number>();
    const nodes = new Map(p.nodes.map((x: any) => [x.id, x]));
    const parent = new Map<number, number>();
    for (const x of p.nodes as any[]) for (const c of x.children ?? []) parent.set(c, x.id);
    for (const x of p.nodes as any[]) {
      const t = self.get(x.id) ?? 0;
      const f = x.callFrame;
      if (["(idle)", "(root)"].includes(f.functionName)) continue;
      total += t;
      const url = f.url.replace(/^file:\/\//, "").replace("/work/wt-store/", "");
      const pkg = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? (url.startsWith("src/") ? url : url || f.functionName);
      byPkg.set(pkg, (byPkg.get(pkg) ?? 0) + t);
      const name = `${f.functionName} ${url}:${f.lineNumber + 1}`;
      byFn.set(name, (byFn.get(name) ?? 0) + t);
      const seen = new Set<string>();
      for (let id: number | undefined = x.id; id !== undefined; id = parent.get(id)) {
        const g = (nodes.get(id) as any).callFrame; const nm = `${g.functionName} ${g.url.replace("file:///work/wt-store/", "")}:${g.lineNumber + 1}`;
        if (seen.has(nm)) continue; seen.add(nm); incl.set(nm, (incl.get(nm) ?? 0) + t);
      }
    }
    const top = (m: Map<string, number>, k: number) => [...m].sort((a, b) => b[1] - a[1]).slice(0, k).map(([a, t]) => `${(100 * t / total).toFixed(1).padStart(5)}%  ${a}`).join("\n");
    console.log("total ms", (total / 1000).toFixed(0), "\n== self by place\n" + top(byPkg, 40) + "\n== self by function\n" + top(byFn, 60) + "\n== inclusive\n" + top(incl, 110));
  }
}
process.exit(0);
