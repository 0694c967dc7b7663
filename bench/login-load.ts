/**
 * Logs customers in, from the request for a code to the answer with the tokens, with a fixed number
 * of HTTP requests in flight. A login that waits for its message holds no place: a server may send
 * after its answer. Argument: the `LoginOrder` as JSON.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import type { Load } from "./load-order.ts";
import { type LoginOrder, PROTOCOLS } from "./login-order.ts";

/** Fewer than an outbox keeps. */
const MOST_WAITING = 80;
const LOOK_MS = 30;
const GIVE_UP_MS = 15_000;

interface Waiting {
  readonly challenge: string;
  readonly askedAt: number;
}

const order = JSON.parse(`${process.argv[2]}`) as LoginOrder;
const protocol = PROTOCOLS[order.protocol];
const pool = new Pool(order.url, { connections: order.inFlight + 1 });
const waiting = new Map<string, Waiting>();
const ready: { readonly phone: string; readonly challenge: string; readonly code: string }[] = [];
const wrong = new Map<string, number>();
const count = (fault: string) => wrong.set(fault, (wrong.get(fault) ?? 0) + 1);
let [asked, done] = [0, 0];

async function post(path: string, phone: string, body: object) {
  const { body: answer, statusCode } = await pool.request({
    method: "POST",
    path,
    headers: { "content-type": "application/json", "x-forwarded-for": addressOf(phone) },
    body: JSON.stringify(body),
  });
  return { status: statusCode, text: await answer.text() };
}

/** Each customer has an address of their own, as customers have. */
function addressOf(phone: string): string {
  const number = Number(phone.slice(-5));
  return `49.36.${Math.floor(number / 250)}.${(number % 250) + 1}`;
}

async function request(phone: string): Promise<void> {
  const askedAt = Date.now();
  const { status, text } = await post(protocol.request.path, phone, {
    [protocol.request.field]: phone,
  });
  if (status !== protocol.request.status) {
    count(`request ${status}`);
    done++;
    return;
  }
  waiting.set(phone, { askedAt, challenge: JSON.parse(text).challenge_id ?? "" });
}

async function verify({ challenge, code, phone }: (typeof ready)[number]): Promise<void> {
  const { status, text } = await post(
    protocol.verify.path,
    phone,
    protocol.verify.body(phone, challenge, code),
  );
  const fault =
    status === 200 ? protocol.verify.fault(JSON.parse(text), order.isFirst) : `${status}`;
  if (fault !== null) count(`verify ${fault}`);
  done++;
}

async function look(): Promise<void> {
  const { body } = await pool.request({ method: "GET", path: "/dev/outbox" });
  const { messages } = (await body.json()) as {
    messages: readonly { to: string; code: string; sent_at: string }[];
  };
  for (const { code, sent_at, to } of messages) {
    const phone = to.slice(-10);
    const open = waiting.get(phone);
    if (open === undefined || Date.parse(sent_at) < open.askedAt) continue;
    waiting.delete(phone);
    ready.push({ phone, code, challenge: open.challenge });
  }
}

async function work(): Promise<void> {
  while (done < order.phones.length) {
    const next = ready.shift();
    if (next !== undefined) await verify(next);
    else if (asked < order.phones.length && waiting.size < MOST_WAITING) {
      await request(`${order.phones[asked++]}`);
    } else await sleep(1);
  }
}

async function watch(): Promise<void> {
  for (; done < order.phones.length; await sleep(LOOK_MS)) {
    await look();
    for (const [phone, { askedAt }] of waiting) {
      if (Date.now() - askedAt < GIVE_UP_MS) continue;
      waiting.delete(phone);
      count("no message");
      done++;
    }
  }
}

const startedAt = performance.now();
await Promise.all([watch(), ...Array.from({ length: order.inFlight }, work)]);
const seconds = (performance.now() - startedAt) / 1000;
const load: Load = { answers: done, perSecond: done / seconds, wrong: [...wrong] };
console.log(JSON.stringify(load));
process.exit(0);
