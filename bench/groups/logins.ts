import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuOfTreesMs } from "../cpu.ts";
import type { Load } from "../load-order.ts";
import type { LoginOrder } from "../login-order.ts";
import { type Case, CPU, type Group, logLines, RATE } from "../measure.ts";
import { addCustomers, countLinked, phoneOf } from "../places/customers.ts";
import {
  type Checkout,
  checkouts,
  type RunningDoorstep,
  startDoorstep,
} from "../places/doorstep.ts";
import { openServer, runScript } from "../process.ts";
import { ask, must } from "../prove.ts";

/** With fewer of them most of the code still waits for the compiler, on both sides. */
const LOGINS = 1_000;
const ROUNDS = 3;
/** That of the proof, those of the rounds, and one with the phone of the wrong code. */
const MOST_BATCHES = 10;
const IN_FLIGHT = 20;
/** Work that follows an answer is a part of the login. */
const DEFERRED_MS = 400;
/** A code that joins the last one would be no login of its own (OTP_RESEND_WAIT). */
const RESEND_WAIT_MS = 1_100;
/** Of one login: two requests, the code's three audit events, the login's two. */
const LINES_A_LOGIN = 5;
const UNBOUNDED = "1000000/1h";

const [OUR_FIRST, PEER_FIRST] = ["Doorstep: first login", "better-auth: first login"];
const [OUR_NEXT, PEER_NEXT] = ["Doorstep: returning login", "better-auth: returning login"];

/** Logins on the embedded stores, where sending costs nothing. */
export const LOGINS_GROUP: Group = {
  name: "logins",
  title:
    `Logins on SQLite (WAL, synchronous=FULL), code and verify, ${IN_FLIGHT} requests in flight, ` +
    `${LOGINS} logins a round`,
  rounds: ROUNDS,
  mostRounds: MOST_BATCHES - 2,
  size: LOGINS,
  comparisons: [
    { figure: RATE, ours: OUR_FIRST, against: PEER_FIRST, aim: { atLeast: 3 } },
    { figure: CPU, ours: OUR_FIRST, against: PEER_FIRST, aim: { atMost: 0.5 } },
    { figure: RATE, ours: OUR_NEXT, against: PEER_NEXT, aim: { atLeast: 4 } },
    { figure: CPU, ours: OUR_NEXT, against: PEER_NEXT, aim: { atMost: 0.5 } },
  ],
  async open(folder, size) {
    const ours: Case[] = [];
    for (const checkout of checkouts()) {
      const server = await openDoorstep(folder, size, checkout);
      const names = [
        `${checkout.label}: first login`,
        `${checkout.label}: returning login`,
      ] as const;
      ours.push(...loginCases(server, size, names));
    }
    if (betterAuthMissing() !== null) {
      return { cases: ours, skipped: [`better-auth: ${betterAuthMissing()}`] };
    }
    const peer = loginCases(await openPeer(folder), size, [PEER_FIRST, PEER_NEXT]);
    return { cases: [...ours, ...peer], skipped: [] };
  },
};

export const betterAuthMissing = (): string | null =>
  existsSync(join(import.meta.dirname, "../peers/node_modules/better-auth"))
    ? null
    : "not installed; run: npm ci --prefix bench/peers";

interface LoginServer {
  readonly protocol: LoginOrder["protocol"];
  readonly url: string;
  readonly pid: number;
  readonly doorstep: RunningDoorstep | null;
  /** Refuses a wrong code, and throws where the server lets it in. */
  proveRefusal(): Promise<void>;
}

async function openDoorstep(
  folder: string,
  logins: number,
  { label, root }: Checkout,
): Promise<LoginServer> {
  const env = {
    OTP_RESEND_WAIT: "1s",
    OTP_SENDS_PER_PHONE: UNBOUNDED,
    LIMIT_OTP_PER_ADDRESS: UNBOUNDED,
    LIMIT_VERIFY_PER_ADDRESS: UNBOUNDED,
    LIMIT_SENDS_PER_SERVICE: UNBOUNDED,
    LIMIT_FAILURES_PER_SERVICE: UNBOUNDED,
    TRUSTED_PROXIES: "127.0.0.1",
  };
  const doorstep = await startDoorstep(join(folder, `logins-${label}`), env, root);
  addCustomers(doorstep.folder, logins * MOST_BATCHES);
  const { pid, url } = doorstep;
  return {
    protocol: "doorstep",
    url,
    pid,
    doorstep,
    async proveRefusal() {
      // Of a batch that no round reaches: its next code would join this one.
      const phone = phoneOf(logins * MOST_BATCHES - 1);
      const asked = await post(`${url}/auth/otp`, { phone });
      const { challenge_id } = JSON.parse(asked.text);
      const wrong = { challenge_id, code: await wrongCode(url) };
      const { status, text } = await post(`${url}/auth/otp/verify`, wrong);
      const refused = status === 400 && text.includes("otp-rejected");
      must("Doorstep", refused, `a wrong code is answered ${status}`);
    },
  };
}

async function openPeer(folder: string): Promise<LoginServer> {
  const { pid, url } = await openServer("peers/better-auth.ts", join(folder, "better-auth.db"));
  return {
    protocol: "better-auth",
    url,
    pid,
    doorstep: null,
    async proveRefusal() {
      const phoneNumber = phoneOf(0);
      await post(`${url}/api/auth/phone-number/send-otp`, { phoneNumber });
      const wrong = { phoneNumber, code: await wrongCode(url) };
      const { status } = await post(`${url}/api/auth/phone-number/verify`, wrong);
      must("better-auth", status === 400, `a wrong code is answered ${status}`);
    },
  };
}

const post = (url: string, body: object) =>
  ask(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": "49.37.0.1" },
    body: JSON.stringify(body),
  });

/** Six digits that are not those of the last message. */
async function wrongCode(url: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++, await sleep(10)) {
    const { messages } = JSON.parse((await ask(`${url}/dev/outbox`)).text);
    const code = messages[0]?.code;
    if (code !== undefined) return code === "000000" ? "000001" : "000000";
  }
  throw new Error("no message came");
}

/** The first logins of one round are the returning customers of the same round later. */
function loginCases(
  server: LoginServer,
  logins: number,
  [first, next]: readonly [string, string],
): Case[] {
  const { doorstep, pid, protocol, url } = server;
  let newest = 0;
  let returned = 1;
  const logIn = async (batch: number, isFirst: boolean) => {
    const phones = Array.from({ length: logins }, (_, n) => phoneOf(batch * logins + n));
    const order: LoginOrder = { url, protocol, phones, inFlight: IN_FLIGHT, isFirst };
    const [cpu, logged] = [cpuOfTreesMs([pid]), doorstep?.lines() ?? 0];
    const load = await runScript<Load>("login-load.ts", JSON.stringify(order));
    const [fault] = load.wrong;
    if (fault !== undefined) throw new Error(`${protocol}: ${fault[0]}, ${fault[1]} times`);
    await sleep(DEFERRED_MS);
    if (doorstep !== null) {
      await logLines(protocol, doorstep.lines, logged + LINES_A_LOGIN * logins);
    }
    return { [CPU]: ((cpuOfTreesMs([pid]) - cpu) * 1000) / logins, [RATE]: load.perSecond };
  };
  return [
    {
      name: first,
      async prove() {
        await server.proveRefusal();
        await logIn(newest++, true);
        if (doorstep === null) return;
        const linked = countLinked(doorstep.folder);
        must("Doorstep", linked === logins, `${linked} of ${logins} customers are linked`);
      },
      round: () => logIn(newest++, true),
    },
    {
      name: next,
      // Those of the proof logged in just now.
      async prove() {
        await sleep(RESEND_WAIT_MS);
        await logIn(0, false);
      },
      async round() {
        await sleep(RESEND_WAIT_MS);
        return logIn(returned++, false);
      },
    },
  ];
}
