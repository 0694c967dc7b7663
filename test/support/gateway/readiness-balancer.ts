import { setTimeout as sleep } from "node:timers/promises";
import { type RoundRobin, startRoundRobin } from "./round-robin.ts";

type Target = Readonly<{ port: number; url: string }>;

/** A round robin that asks each gateway's /readyz, as balancers do, and leaves out who is not ready. */
export interface ReadinessBalancer extends Pick<RoundRobin, "url" | "stop"> {
  /** Whom it asks from now on. */
  watch(targets: readonly Target[]): void;
  /** Waits until exactly these are ready. */
  until(ready: readonly Target[]): Promise<void>;
}

const EVERY_MS = 50;

export async function startReadinessBalancer(): Promise<ReadinessBalancer> {
  const balancer = await startRoundRobin();
  let watched: readonly Target[] = [];
  let ready: readonly Target[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const asked = watched;
      const answers = await Promise.all(asked.map(isReady));
      const now = asked.filter((_, n) => answers[n]);
      if (now.length !== ready.length || now.some((target, n) => target !== ready[n])) {
        ready = now;
        balancer.serve(ready);
      }
      await sleep(EVERY_MS);
    }
  })();
  return {
    url: balancer.url,
    watch(targets) {
      watched = targets;
    },
    async until(wanted) {
      while (ready.length !== wanted.length || !wanted.every((one) => ready.includes(one))) {
        await sleep(EVERY_MS);
      }
    },
    async stop() {
      isOver = true;
      await watching;
      await balancer.stop();
    },
  };
}

async function isReady({ url }: Target): Promise<boolean> {
  try {
    const { body, status } = await fetch(`${url}/readyz`);
    await body?.cancel();
    return status === 200;
  } catch {
    return false;
  }
}
