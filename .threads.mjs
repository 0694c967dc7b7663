import { readFileSync, readdirSync } from "node:fs";
export const threads = (pid) => Object.fromEntries(readdirSync(`/proc/${pid}/task`).map((t) => { const s = readFileSync(`/proc/${pid}/task/${t}/stat`, "utf8"); const name = s.slice(s.indexOf("(")+1, s.lastIndexOf(")")); const f = s.slice(s.lastIndexOf(")") + 2).split(" "); return [`${t} ${name}`, [Number(f[11]) * 10, Number(f[12]) * 10]]; }));
export const io = (pid) => readFileSync(`/proc/${pid}/io`, "utf8").replace(/\n/g, " ");
