import { setTimeout as sleep } from "node:timers/promises";
import { ask, send, verify, type WireAnswer } from "../../support/gateway/gateway-client.ts";
import type { GatewayProcess } from "../../support/gateway/gateway-process.ts";

/** One answer of the gateway, as a client saw it; times in ms of `performance.now()`. */
export interface TimedAnswer {
  readonly step: "ask" | "verify";
  readonly status: number;
  readonly retryAfter: string | null;
  readonly begunAt: number;
  readonly endedAt: number;
}

/** Somebody who has a code, and whom the gateway owes a login. */
export interface OpenLogin {
  readonly phone: string;
  readonly challengeId: string;
  readonly code: string;
}

export interface SteadyLoad {
  readonly answers: readonly TimedAnswer[];
  /** The token responses, by phone. */
  readonly logins: ReadonlyMap<string, WireAnswer["body"]>;
  /** Challenges that were opened and have not led to a login. */
  owed(): readonly OpenLogin[];
  /** Begins no more logins, and waits until those under way have ended. */
  stop(): Promise<void>;
}

/** A new login begins this often, whatever became of those before it. */
const EVERY_MS = 120;
/** A client that was told 503 shows the same code again: the proof has two minutes to live. */
const AGAIN_MS = 500;

/**
 * Logins of one phone after another, each once. Who is not given a code goes home; who has one
 * tries until it is taken.
 *
 * @param onLogin is called with each token response as soon as it is there
 */
export function steadyLoad(
  gateway: GatewayProcess,
  phones: readonly string[],
  onLogin: (phone: string, body: WireAnswer["body"]) => Promise<void>,
): SteadyLoad {
  const answers: TimedAnswer[] = [];
  const logins = new Map<string, WireAnswer["body"]>();
  const open = new Map<string, OpenLogin>();
  const codes = new Map<string, string>();
  let stopped = false;
  let ended = false;

  const timed = async (step: TimedAnswer["step"], asking: () => Promise<WireAnswer>) => {
    const begunAt = performance.now();
    const answer = await asking();
    const { headers, status } = answer;
    const endedAt = performance.now();
    answers.push({ step, status, retryAfter: headers.get("retry-after"), begunAt, endedAt });
    return answer;
  };

  const logIn = async (phone: string): Promise<void> => {
    const asked = await timed("ask", () => ask(gateway, phone));
    if (asked.status !== 202) return;
    while (!codes.has(phone)) await sleep(10);
    const login = { phone, challengeId: asked.body.challenge_id, code: codes.get(phone) ?? "" };
    open.set(phone, login);
    for (;;) {
      const answer = await timed("verify", () => verify(gateway, login.challengeId, login.code));
      if (answer.status !== 503) {
        if (answer.status !== 200) return;
        open.delete(phone);
        logins.set(phone, answer.body);
        return onLogin(phone, answer.body);
      }
      await sleep(AGAIN_MS);
    }
  };

  const watchOutbox = async (): Promise<void> => {
    while (!ended) {
      const { body } = await send(gateway, "GET", "/dev/outbox");
      for (const { code, to } of body.messages) codes.set(to.slice(-10), code);
      await sleep(20);
    }
  };

  const beginAll = async (): Promise<void> => {
    const underWay: Promise<void>[] = [];
    for (const phone of phones) {
      if (stopped) break;
      underWay.push(logIn(phone));
      await sleep(EVERY_MS);
    }
    await Promise.all(underWay);
  };

  const watching = watchOutbox();
  const running = beginAll().finally(() => {
    ended = true;
  });
  // A test that fails before it stops the load has its gateway taken away under it.
  for (const promise of [watching, running]) promise.catch(() => undefined);
  return {
    answers,
    logins,
    owed: () => [...open.values()],
    async stop() {
      stopped = true;
      await running;
      await watching;
    },
  };
}
