import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  call,
  claimsOf,
  newestCode,
  post,
  verify,
} from "../../support/gateway/client.ts";
import { countBy, eventually } from "../../support/gateway/fleet.ts";
import { type TcpRelay, tcpRelay } from "../../support/stores/tcp-relay.ts";
import { describeEdge, sharedPlace } from "../edge-place.ts";

/** Ten before the server goes away, and twenty through it and after it. */
const LOGINS = 30;
const phoneOf = (n: number): string => `98765${String(n).padStart(5, "0")}`;
/** The ports promise 3 s for each of the two stores that a request asks one after another. */
const ANSWER_MS = 6_000;
const WORKERS = 4;

const OUTAGES: Readonly<Record<string, (relay: TcpRelay) => Promise<void> | void>> = {
  refused: (relay) => relay.refuse(),
  cut: (relay) => relay.cut(),
  "gone silent": (relay) => relay.stallOpen(),
};

let relay: TcpRelay;

/** The Worker reaches MongoDB through a relay, which takes the server away. */
const place = sharedPlaceBehindRelay();
function sharedPlaceBehindRelay() {
  return sharedPlace({
    through: async ({ url }) => {
      const { port, pathname, search } = new URL(url);
      relay = await tcpRelay(Number(port));
      return { url: `mongodb://127.0.0.1:${relay.port}${pathname}${search}`, stop: relay.close };
    },
  });
}

interface Timed extends Answer {
  readonly ms: number;
}

async function timed(asking: Promise<Answer>): Promise<Timed> {
  const begunAt = performance.now();
  return { ...(await asking), ms: performance.now() - begunAt };
}

/** Logs in, trying again whatever a client is told to try again. */
async function logInThrough(n: number, answers: Timed[]): Promise<Answer> {
  const until = async (step: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      const answer = await timed(step());
      answers.push(answer);
      if (answer.status !== 503) return answer;
      await sleep(100);
    }
  };
  const phone = phoneOf(n);
  const asked = await until(() => post(place(), "/auth/otp", { phone }));
  // A look-up that failed is tried again for 20 s.
  const code = await eventually(() => newestCode(place(), phone), 25_000);
  return until(() => verify(place(), asked.body.challenge_id, code));
}

let strangers = 9_000;

/** A stranger's request, until one is refused: whoever waits for a code asks for nothing. */
async function untilRefused(): Promise<Answer> {
  for (;;) {
    const answer = await post(place(), "/auth/otp", { phone: phoneOf(strangers++) });
    if (answer.status === 503) return answer;
    await sleep(250);
  }
}

describeEdge("the built Worker with a MongoDB that goes away under load", () => {
  for (const [round, [what, strike]] of Object.entries(OUTAGES).entries()) {
    it(`the built Worker with a MongoDB that goes away under load recovers by itself: ${what}`, async () => {
      const { mongo } = place();
      const people = Array.from({ length: LOGINS }, (_, n) => round * LOGINS + n);
      await Promise.all([mongo.clear("users"), mongo.clear("customers_v2")]);
      await mongo.put(
        "customers_v2",
        people.map((n) => customer(`c-${n}`, phoneOf(n))),
      );
      const answers: Timed[] = [];
      const waiting = [...people];
      const logins: Answer[] = [];
      const load = Array.from({ length: WORKERS }, async () => {
        for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
          logins.push(await logInThrough(n, answers));
        }
      });
      await eventually(() => logins.length >= 10 || undefined, 60_000);
      await strike(relay);
      if (what !== "gone silent") {
        const down = await untilRefused();
        expect(down.body.code).toBe("store-unavailable");
        expect(Number(down.headers.get("retry-after"))).toBeGreaterThan(0);
        await relay.resume();
      }
      await Promise.all(load);
      expect(countBy(logins.map(({ status }) => status))).toEqual({ 200: LOGINS });
      expect(answers.filter(({ ms }) => ms > ANSWER_MS)).toEqual([]);
      const statuses = new Set(answers.map(({ status }) => status));
      expect([...statuses].filter((status) => ![200, 202, 503].includes(status))).toEqual([]);
      // One user for each customer, whatever was begun and cut off.
      const users = await mongo.documents("users");
      const subjects = logins.map(({ body }) => claimsOf(body.access_token)["sub"]);
      expect(users.map(({ id }) => id).sort()).toEqual(subjects.sort());
      expect((await call(place(), "GET", "/readyz")).status).toBe(200);
    }, 300_000);
  }
});
