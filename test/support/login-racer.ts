import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { toBase64url } from "../../src/core/bytes.ts";
import type { ChallengeHandle, CustomerId, Phone, PhoneKey } from "../../src/core/ids.ts";
import type { Challenge } from "../../src/core/phone-record.ts";
import { findCustomersOf } from "../../src/flows/find-customers.ts";
import { linkForLogin, startSession } from "../../src/flows/log-in.ts";
import { nodeGateway } from "../../src/runtimes/node-gateway.ts";
import { loadNodeSettings } from "../../src/runtimes/node-settings.ts";

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
  readonly wrote?: boolean;
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
    ...{ phone, locale: "en", known: true, found: [], lane: null, device: null },
    ...{ sends: [{ channel: "sms", at: now }], attempts: 0, expiresAt: now + 60_000 },
    ...{ provenAt: now, chosen: null },
  };
}

async function logIn({ customer, phone }: Race, phoneKey: PhoneKey): Promise<RacedLogin> {
  const login = { phoneKey, challenge: provenChallenge(phone), userAgent: "racer" };
  const customers = await findCustomersOf(gateway, phone, []);
  const linked = await linkForLogin(gateway, login, customer, customers);
  if (!linked.ok) return { failure: `link: ${linked.failure.reason}` };
  const started = await startSession(gateway, login, linked.value);
  return started.ok
    ? { token: started.value.accessToken, wrote: linked.value.wrote }
    : { failure: `session: ${started.failure.reason}` };
}

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const race = JSON.parse(line) as Race;
  const phoneKey = await gateway.keyring.phoneKey(race.phone);
  await sleep(Math.max(0, race.at - Date.now()));
  const logins = Array.from({ length: race.logins }, () => logIn(race, phoneKey));
  console.log(JSON.stringify(await Promise.all(logins)));
}
close();
