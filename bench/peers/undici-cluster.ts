/** `undici-stream.ts` in two processes of node:cluster, which share its port. */
import cluster, { type Address, type Worker } from "node:cluster";
import { join } from "node:path";

const COUNT = 2;
let listening = 0;
cluster.setupPrimary({
  exec: join(import.meta.dirname, "undici-stream.ts"),
  args: process.argv.slice(2),
  silent: true,
});
cluster.on("listening", (_: Worker, { port }: Address) => {
  listening++;
  if (listening === COUNT) console.log(port);
});
for (let n = 0; n < COUNT; n++) cluster.fork();
