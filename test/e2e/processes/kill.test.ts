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

  it("a gateway killed between two calls ends a login that died half-way in the same user, whenever it died", async () => {
    const folder = temporaryFolder();
    const subjects = new Set<string>();
    for (let life = 0; life < 6; life++) {
      const gateway = await startGateway(folder, { ...ENV, OTP_SENDS_PER_PHONE: "100/1h" });
      const { code, id } = await openChallenge(gateway, "9876500006");
      // Killed at a random moment of the login's few milliseconds, the answer read or not.
      const answer = verify(gateway, id, code).catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, life * 2));
      await gateway.end("SIGKILL");
      const body = (await answer)?.body;
      if (body?.user) subjects.add(body.user.id);
    }
    const gateway = await startGateway(folder, { ...ENV, OTP_SENDS_PER_PHONE: "100/1h" });
    subjects.add((await logInAt(gateway, "9876500006")).user.id);
    expect(subjects.size).toBe(1);
  }, 60_000);
});
