import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  logInAt,
  openChallenge,
  refresh,
  verify,
  withToken,
} from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";

import { linkIn } from "../../support/gateway/stored-links.ts";

/** One address for every life of the gateway: tokens name it. */
const ENV = { PUBLIC_URL: "http://localhost:8787", OTP_SENDS_PER_PHONE: "2/10m" };

/** SIGKILL, and a new process on the same files. */
async function killed(gateway: GatewayProcess): Promise<GatewayProcess> {
  expect(await gateway.end("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
  return startGateway(gateway.folder, ENV);
}

describe("a gateway killed between two calls", () => {
  it("a gateway killed between two calls has lost nothing that it acknowledged: challenge, wrong tries, login, tokens, log-out", async () => {
    let gateway = await startGateway(temporaryFolder(), ENV);
    const { code, id } = await openChallenge(gateway, "9876500001");
    const wrong = code === "000000" ? "000001" : "000000";

    gateway = await killed(gateway);
    expect((await verify(gateway, id, wrong)).body.attempts_remaining).toBe(4);

    gateway = await killed(gateway);
    expect((await verify(gateway, id, wrong)).body.attempts_remaining).toBe(3);

    gateway = await killed(gateway);
    const login = await verify(gateway, id, code);
    expect([login.status, login.body.first_login]).toEqual([200, true]);

    gateway = await killed(gateway);
    const me = await withToken(gateway, "GET", "/auth/me", login.body.access_token);
    expect([me.status, me.body.user.id]).toEqual([200, login.body.user.id]);
    expect((await verify(gateway, id, code)).body.code).toBe("otp-rejected");
    const turned = await refresh(gateway, login.body.refresh_token);
    expect(turned.status).toBe(200);

    gateway = await killed(gateway);
    const again = await refresh(gateway, turned.body.refresh_token);
    expect(again.status).toBe(200);

    gateway = await killed(gateway);
    const token = again.body.access_token;
    expect((await withToken(gateway, "POST", "/auth/logout", token)).status).toBe(204);

    gateway = await killed(gateway);
    expect((await withToken(gateway, "GET", "/auth/me", token)).status).toBe(401);
    expect((await refresh(gateway, again.body.refresh_token)).body.error).toBe("invalid_grant");

    const second = await logInAt(gateway, "9876500001");
    expect([second.user.id, second.first_login]).toEqual([login.body.user.id, false]);
    // The budget of two sends counts those of all lives.
    await expect(openChallenge(gateway, "9876500001")).rejects.toThrow("rate-limited");
  }, 60_000);
});

/** Customers whose first login makes, reuses or mends a user. */
const PHONES = [
  "9876500003",
  "9876500004",
  "9876500005",
  "9876500006",
  "9876500007",
  "9876500008",
  "9876500009",
  "9876543210",
];
const MANY = { ...ENV, OTP_SENDS_PER_PHONE: "100/1h" };

const SUPPORT = join(import.meta.dirname, "../../support");
const PRELOADED = ["house/network-off.ts", "gateway/kill-at-commit.ts"];

/** A gateway that dies when the login that follows has ended so many transactions. */
async function dyingGateway(folder: string, killAtCommit: number): Promise<GatewayProcess> {
  return startGateway(folder, {
    ...MANY,
    NODE_OPTIONS: PRELOADED.map((file) => `--import=${join(SUPPORT, file)}`).join(" "),
    KILL_AT_COMMIT: `${killAtCommit}`,
  });
}

it("a gateway killed after any write of a first login leaves a login that ends in one user, one link and one use of the code", async () => {
  const folder = temporaryFolder();
  const shown: { readonly phone: string; readonly id: string; readonly code: string }[] = [];
  let isAnswered = false;
  for (const [at, phone] of PHONES.entries()) {
    const gateway = await dyingGateway(folder, at + 1);
    const { code, id } = await openChallenge(gateway, phone);
    process.kill(gateway.pid, "SIGUSR2");
    await expect.poll(() => gateway.stderr()).toContain("armed");
    isAnswered = (await verify(gateway, id, code).catch(() => null)) !== null;
    await gateway.end("SIGKILL");
    if (isAnswered) break;
    shown.push({ phone, id, code });
  }
  // Died after the guess was counted, after the code was spent, and between the links' writes.
  expect(shown.length).toBeGreaterThanOrEqual(3);
  expect(isAnswered).toBe(true);
  const gateway = await startGateway(folder, MANY);
  for (const { code, id, phone } of shown) {
    const again = await verify(gateway, id, code);
    const login = again.status === 200 ? again.body : await logInAt(gateway, phone);
    expect((await verify(gateway, id, code)).status).toBe(400);
    const { named, users } = linkIn(folder, login.customer.id);
    expect([phone, users, named]).toEqual([phone, [login.user.id], [login.user.id]]);
  }
}, 60_000);
