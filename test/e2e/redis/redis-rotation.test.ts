import { randomBytes } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { describeFleet, message, messagesTo, sharedFleet } from "../../support/gateway/fleet.ts";
import {
  refresh,
  send,
  verify,
  type WireAnswer,
  withToken,
} from "../../support/gateway/gateway-client.ts";
import type { GatewayProcess } from "../../support/gateway/gateway-process.ts";

const OLD = `old:${randomBytes(32).toString("base64")}`;
const NEW = `new:${randomBytes(32).toString("base64")}`;
/** SECRET_KEYS as they are changed, node by node, while nodes of the stage before still serve. */
const STAGES = { appended: `${OLD},${NEW}`, moved: `${NEW},${OLD}`, dropped: NEW } as const;
type Stage = "old" | keyof typeof STAGES;

const phoneOf = (n: number): string => `98765${10_000 + n}`;

describeFleet("two processes on one Redis, of which one has new SECRET_KEYS,", () => {
  const fleet = sharedFleet({
    customers: [...Array(20).keys()].map((n) => customer(`c-${n}`, phoneOf(n))),
    env: { SECRET_KEYS: OLD },
  });
  const nodes = new Map<Stage, GatewayProcess>();
  let phones = 0;

  beforeAll(async () => {
    const { gateways, start } = fleet();
    nodes.set("old", gateways[0]);
    for (const [stage, keys] of Object.entries(STAGES)) {
      nodes.set(stage as Stage, await start({ SECRET_KEYS: keys }));
    }
  }, 60_000);

  const at = (stage: Stage): GatewayProcess => nodes.get(stage) as GatewayProcess;

  async function challengeAt(stage: Stage, phone: string, more: object = {}) {
    const before = messagesTo(fleet(), phone).length;
    const asked = await send(at(stage), "POST", "/auth/otp", { phone, ...more });
    if (asked.status !== 202) throw new Error(`${stage}: ${asked.body.code}`);
    const { code } = await message(fleet(), phone, before + 1);
    return { id: asked.body.challenge_id as string, code };
  }

  async function logInAt(stage: Stage, phone: string, more: object = {}): Promise<WireAnswer> {
    const { code, id } = await challengeAt(stage, phone, more);
    return verify(at(stage), id, code);
  }

  it.each<[Stage, Stage]>([
    ["old", "appended"],
    ["appended", "old"],
    ["appended", "moved"],
    ["moved", "appended"],
  ])("gateways with old and new keys, %s and %s, share all sessions", async (one, two) => {
    const phone = phoneOf(phones++);
    const { code, id } = await challengeAt(one, phone);
    const resent = { challenge_id: id, channel: "call" };
    expect((await send(at(two), "POST", "/auth/otp/resend", resent)).body.challenge_id).toBe(id);
    expect((await message(fleet(), phone, 2)).channel).toBe("call");
    const wrong = code === "000000" ? "000001" : "000000";
    expect((await verify(at(one), id, wrong)).body.attempts_remaining).toBe(4);
    const login = await verify(at(two), id, code);
    expect(login.status).toBe(200);
    expect((await verify(at(one), id, code)).body.code, "once").toBe("otp-rejected");
    const { access_token, device_token, refresh_token } = login.body;
    expect((await withToken(at(one), "GET", "/auth/me", access_token)).status).toBe(200);
    const [here, there] = [
      await refresh(at(one), refresh_token),
      await refresh(at(two), refresh_token),
    ];
    expect(here.status).toBe(200);
    expect(there.body.refresh_token, "one successor").toBe(here.body.refresh_token);
    // One send is left to the phone; then only its known device gets a code.
    expect((await send(at(one), "POST", "/auth/otp", { phone })).status).toBe(202);
    for (const stage of [one, two]) {
      const stranger = await send(at(stage), "POST", "/auth/otp", { phone });
      expect([stranger.status, stranger.body.code]).toEqual([429, "rate-limited"]);
    }
    await message(fleet(), phone, 3);
    expect((await logInAt(one, phone, { device_token })).status).toBe(200);
  });

  it("two processes on one Redis, of which one has new SECRET_KEYS, lives through the whole rotation, and needs the old key no more at its end", async () => {
    const phone = phoneOf(phones++);
    const { body: login } = await logInAt("old", phone);
    expect([login.refresh_token, login.device_token].map(keyIn)).toEqual(["old", "old"]);
    let token: string = login.refresh_token;
    const keys: unknown[] = [];
    for (const stage of ["appended", "old", "moved", "appended", "moved", "dropped"] as const) {
      const turned = await refresh(at(stage), token);
      expect(turned.status, stage).toBe(200);
      token = turned.body.refresh_token;
      keys.push(keyIn(token));
    }
    expect(keys).toEqual(["old", "old", "new", "old", "new", "new"]);
    const owner = await logInAt("moved", phone, { device_token: login.device_token });
    expect(keyIn(owner.body.device_token)).toBe("new");
    const { device_token } = owner.body;
    for (let sends = 0; sends < 2; sends++) await challengeAt("old", phone);
    expect((await logInAt("dropped", phone, { device_token })).status).toBe(200);
    const stale = { device_token: login.device_token };
    await expect(logInAt("dropped", phone, stale)).rejects.toThrow("rate-limited");
  });
});

/** The id of the key that a token names. */
const keyIn = (token: string): string | undefined => /^ds[a-z]_([a-z0-9-]+)\./.exec(token)?.[1];
