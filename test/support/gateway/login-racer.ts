import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { toBase64url } from "../../../src/core/bytes.ts";
import type { ChallengeHandle, CustomerId, Phone, PhoneKey } from "../../../src/core/ids.ts";
import type { Challenge } from "../../../src/core/otp/phone-record.ts";
import { findCustomersOf } from "../../../src/flows/linking/find-customers.ts";
import { type LoginContext, linkForLogin, startSession } from "../../../src/flows/login/log-in.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { nodeGateway } from "../../../src/runtimes/node/node-gateway.ts";
import { loadNodeSettings } from "../../../src/runtimes/node/node-settings.ts";

/**
 * A process that logs one customer in many times at once, each as if a challenge of its own had
 * just been proven: more at once than HTTP lets one phone have. Each line it reads is a Race, each
 * line it prints is the list of what its logins came to.
 */
export interface Race {
  readonly phone: Phone;
  readonly customer: CustomerId;
  readonly logins: number;
  /** Epoch ms at which every process begins. */
  readonly at: number;
}

export interface RacedLogin {
  readonly token?: string;
  readonly failure?: string;
}

const { settings } = await loadNodeSettings(process.env);
const { close, gateway } = await nodeGateway(settings, () => undefined);

function provenChallenge(phone: Phone): Challenge {
  const now = Date.now();
  return {
    handle: toBase64url(gateway.runtime.randomBytes(9)) as ChallengeHandle,
    seed: toBase64url(gateway.runtime.randomBytes(32)),
    keyId: gateway.keyring.currentId,
    phone,
    locale: "en",
    isCustomerPhone: true,
    found: [],
    lane: null,
    device: null,
    sends: [{ channel: "sms", at: now }],
    attempts: 0,
    expiresAt: now + 60_000,
    provenAt: now,
    chosen: null,
  };
}

/** One login, tried again as a client does that is told to: a lost turn, a store that is busy. */
async function logIn(race: Race, phoneKey: PhoneKey): Promise<RacedLogin> {
  const challenge = provenChallenge(race.phone);
  for (let tries = 1; ; tries++) {
    const login = await tryLogIn(race, { phoneKey, challenge, userAgent: "racer" });
    if (login.failure !== "try again" || tries === 50) return login;
    await sleep(20);
  }
}

async function tryLogIn({ customer, phone }: Race, login: LoginContext): Promise<RacedLogin> {
  try {
    const customers = await findCustomersOf(gateway, phone, []);
    const linked = await linkForLogin(gateway, login, customer, customers);
    if (!linked.ok) return { failure: nameOf(linked.failure.reason) };
    const started = await startSession(gateway, login, linked.value);
    return started.ok
      ? { token: started.value.accessToken }
      : { failure: nameOf(started.failure.reason) };
  } catch (error) {
    if (error instanceof AdapterError && error.kind === "unavailable") {
      return { failure: "try again" };
    }
    throw error;
  }
}

const nameOf = (reason: string): string => (reason === "rate-limited" ? "try again" : reason);

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const race = JSON.parse(line) as Race;
  const phoneKey = await gateway.keyring.phoneKey(race.phone);
  await sleep(Math.max(0, race.at - Date.now()));
  const logins = Array.from({ length: race.logins }, () => logIn(race, phoneKey));
  console.log(JSON.stringify(await Promise.all(logins)));
}
close();
