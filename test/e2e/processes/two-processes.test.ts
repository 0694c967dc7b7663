import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { nationalNumber } from "../../../src/core/phone/phone.ts";
import {
  claimsOf,
  logInAt,
  openChallenge,
  refresh,
  send,
  verify,
  type WireAnswer,
  withToken,
} from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import type { Race } from "../../support/gateway/login-racer.ts";
import { startRacer } from "../../support/gateway/start-racer.ts";
import { documentsIn, linkIn } from "../../support/gateway/stored-links.ts";

/** Both are reached at one address, as behind a balancer; no budget is in the way of the test. */
const SHARED = {
  PUBLIC_URL: "http://localhost:8787",
  OTP_SENDS_PER_PHONE: "10000/1h",
  LIMIT_OTP_PER_ADDRESS: "10000/1h",
  LIMIT_VERIFY_PER_ADDRESS: "10000/1h",
  LIMIT_SENDS_PER_SERVICE: "10000/1h",
  LOG_LEVEL: "info",
};

async function twoGateways(env: Readonly<Record<string, string>> = SHARED) {
  const folder = temporaryFolder();
  const gateways = await Promise.all([startGateway(folder, env), startGateway(folder, env)]);
  return { folder, gateways, a: gateways[0], b: gateways[1] };
}

/** As a client does that is told to try again: one login among so many may lose its turn. */
async function patiently(call: () => Promise<WireAnswer>): Promise<WireAnswer["body"]> {
  for (;;) {
    const { body, headers, status } = await call();
    if (status === 200) return body;
    if (!headers.has("retry-after")) throw new Error(JSON.stringify(body));
    await sleep(20);
  }
}

describe("two processes on one file", () => {
  it("two processes on one file end 100 first logins of one customer over HTTP with one user and one link", async () => {
    const { folder, gateways } = await twoGateways();
    const before = documentsIn(folder, "users").length;
    const logins: WireAnswer["body"][] = [];
    let customer = "";
    // Twenty at once: a phone's proofs wait for a choice together, its live codes are three.
    for (let round = 0; round < 5; round++) {
      const choices: { selection_token: string; customer_v2_id: string }[] = [];
      for (let n = 0; n < 20; n++) {
        const { code, id } = await openChallenge(gateways[n % 2] as GatewayProcess, "9876500016");
        const other = gateways[(n + 1) % 2] as GatewayProcess;
        const { customers, selection_token } = await patiently(() => verify(other, id, code));
        const anil = customers.find(({ name }: { name: string }) => name === "Anil Deshpande");
        customer = anil.customer_v2_id;
        choices.push({ selection_token, customer_v2_id: customer });
      }
      const wave = choices.map((choice, n) =>
        patiently(() =>
          send(gateways[n % 2] as GatewayProcess, "POST", "/auth/otp/select", choice),
        ),
      );
      logins.push(...(await Promise.all(wave)));
    }
    expect(logins).toHaveLength(100);
    const subjects = new Set(logins.map(({ access_token }) => claimsOf(access_token)["sub"]));
    const { named, users } = linkIn(folder, customer);
    expect([...subjects]).toEqual(users);
    expect(named).toEqual(users);
    expect(users).toHaveLength(1);
    expect(documentsIn(folder, "users")).toHaveLength(before + 1);
  }, 180_000);

  it("two processes on one file end 50 and 50 logins at one moment with one user and one link, for any data", async () => {
    const { folder } = await twoGateways();
    const racers = await Promise.all([startRacer(folder, SHARED), startRacer(folder, SHARED)]);
    const customers = documentsIn(folder, "customers_v2").filter(({ phone }) =>
      RACED.some((raced) => digits(phone).endsWith(raced)),
    );
    expect(customers).toHaveLength(RACED.length);
    for (const { id, phone } of customers) {
      const e164 = `+91${digits(phone).slice(-10)}` as Phone;
      const race = {
        phone: e164,
        customer: id as Race["customer"],
        logins: 50,
        at: Date.now() + 150,
      };
      const logins = (await Promise.all(racers.map((run) => run(race)))).flat();
      const failures = logins.flatMap(({ failure }) => failure ?? []);
      expect(failures, nationalNumber(e164)).toEqual([]);
      const subjects = new Set(logins.map(({ token }) => claimsOf(token ?? "")["sub"]));
      const { named, users } = linkIn(folder, id);
      expect([subjects.size, users, named]).toEqual([1, [...subjects], [...subjects]]);
    }
  }, 180_000);

  it("two processes on one file give one successor, byte for byte, to two tabs that refresh with one token", async () => {
    const { a, b } = await twoGateways();
    const login = await logInAt(a, "9876500002");
    const turned = await Promise.all([a, b, a, b].map((at) => refresh(at, login.refresh_token)));
    expect(turned.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const successors = new Set(turned.map(({ body }) => body.refresh_token));
    expect(successors.size).toBe(1);
    expect(successors).not.toContain(login.refresh_token);
    for (const { body } of turned) {
      for (const gateway of [a, b]) {
        const me = await withToken(gateway, "GET", "/auth/me", body.access_token);
        expect(me.status).toBe(200);
      }
    }
    // One tab goes on; now the old token can only be in a second pair of hands.
    const [successor = ""] = successors;
    const next = await refresh(b, successor);
    expect(next.status).toBe(200);
    const reused = await refresh(a, login.refresh_token);
    expect([reused.status, reused.body]).toMatchObject([
      400,
      { error: "invalid_grant", code: "refresh-reused" },
    ]);
    expect((await refresh(b, next.body.refresh_token)).status).toBe(400);
    expect((await withToken(b, "GET", "/auth/me", next.body.access_token)).status).toBe(401);
  });

  it("two processes on one file end the session that shows an old token after the grace time", async () => {
    const { a, b } = await twoGateways({ ...SHARED, REFRESH_GRACE: "1s" });
    const login = await logInAt(a, "9876500002");
    const turned = await refresh(a, login.refresh_token);
    await sleep(1100);
    const again = await refresh(b, login.refresh_token);
    expect(again.body.refresh_token, "its answer may have been lost").toBe(
      turned.body.refresh_token,
    );
    expect((await withToken(a, "GET", "/auth/me", again.body.access_token)).status).toBe(200);
    await sleep(1500);
    expect((await refresh(b, login.refresh_token)).body.code).toBe("refresh-reused");
    expect((await refresh(a, turned.body.refresh_token)).body.error).toBe("invalid_grant");
    expect((await withToken(a, "GET", "/auth/me", turned.body.access_token)).status).toBe(401);
  });

  it("two processes on one file know at once that every device was logged out", async () => {
    const { a, b } = await twoGateways();
    const devices = [];
    for (const gateway of [a, b, a]) devices.push(await logInAt(gateway, "9876500002"));
    const ended = await withToken(a, "DELETE", "/auth/sessions", devices[1].access_token);
    expect(ended.status).toBe(204);
    for (const device of devices) {
      expect((await withToken(b, "GET", "/auth/me", device.access_token)).status).toBe(401);
      expect((await refresh(b, device.refresh_token)).body.error).toBe("invalid_grant");
    }
    expect((await logInAt(b, "9876500002")).user.id).toBe(devices[0].user.id);
  });

  it("two processes on one file share a phone's wrong tries, and spend a code once", async () => {
    const { a, b } = await twoGateways();
    const { code, id } = await openChallenge(a, "9876500002");
    const wrong = code === "000000" ? "000001" : "000000";
    const left = [];
    for (const gateway of [a, b, a]) {
      left.push((await verify(gateway, id, wrong)).body.attempts_remaining);
    }
    expect(left).toEqual([4, 3, 2]);
    const tries = Array.from({ length: 20 }, (_, n) => verify(n % 2 ? a : b, id, code));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });
});

/** Sample phones whose first login reuses, mends or makes a user, each in its own way. */
const RACED = [
  ...["9876500001", "9876500003", "9876500004", "9876500005", "9876500006", "9876500007"],
  ...["9876500008", "9876500009", "9876543210", "9999999999", "9876500014", "9876500020"],
];

const digits = (phone: unknown): string => `${phone}`.replace(/\D/g, "");
