import { describe, expect, it } from "vitest";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import {
  claimsOf,
  logInAt,
  openChallenge,
  send,
  verify,
  withToken,
} from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  runDoorstep,
  sharedGateway,
} from "../../support/gateway/gateway-process.ts";

/** One wrong code locks a phone, and a login forgives it. */
const SETTINGS = { OTP_FAILURES_PER_PHONE: "1", OTP_SENDS_PER_PHONE: "1000/1h" };

/** The two ways to one answer: the stores of the settings, and the running gateway. */
const WAYS = {
  "on its own stores": (gateway: GatewayProcess, ...args: string[]) =>
    runDoorstep(args, gateway.folder, SETTINGS),
  "of a running gateway": (gateway: GatewayProcess, ...args: string[]) =>
    runDoorstep([...args, "--gateway", gateway.url], "/", { ADMIN_TOKEN }),
};

async function wrongCode(gateway: GatewayProcess, phone: string): Promise<void> {
  const { code, id } = await openChallenge(gateway, phone);
  const { status } = await verify(gateway, id, code === "123456" ? "654321" : "123456");
  expect(status).toBe(400);
}

const isLocked = async (gateway: GatewayProcess, phone: string) =>
  (await send(gateway, "POST", "/auth/otp", { phone })).status === 429;

describe("the operator's commands", () => {
  const shared = sharedGateway({ ADMIN_TOKEN, ...SETTINGS });

  it("`who` shows the same on its own stores and of a running gateway", async () => {
    const gateway = shared();
    const login = await logInAt(gateway, "9876500003");
    const [here, there] = await Promise.all(
      Object.values(WAYS).map((way) => way(gateway, "who", "9876500003")),
    );
    expect(there).toEqual(here);
    expect(here).toMatchObject({ code: 0, stderr: "" });
    expect(here?.stdout).toContain(String(claimsOf(login.access_token)["sid"]));
    const [json, remote] = await Promise.all(
      Object.values(WAYS).map((way) => way(gateway, "who", "9876500003", "--json")),
    );
    expect(remote).toEqual(json);
    expect(JSON.parse(json?.stdout ?? "")).toMatchObject({ customers: [{ login: "linked" }] });
  });

  it.each(Object.entries(WAYS))(
    "`unlock` %s lets an owner in again, and not before --apply",
    async (name, way) => {
      const gateway = shared();
      const phone = name.includes("own") ? "9876500001" : "9876500002";
      await wrongCode(gateway, phone);
      const planned = await way(gateway, "unlock", phone);
      expect(planned).toMatchObject({
        code: 1,
        stderr: "Nothing was written. --apply unlocks.\n",
        stdout: expect.stringMatching(/would forgive the phone: .*LOCKED until 20/),
      });
      expect(await isLocked(gateway, phone)).toBe(true);
      const done = await way(gateway, "unlock", phone, "--apply", "--yes", "--json");
      expect([done.code, JSON.parse(done.stdout)]).toMatchObject([
        0,
        { applied: true, lanes: [{}] },
      ]);
      expect(await isLocked(gateway, phone)).toBe(false);
      // The record of who did it is where the work was done.
      const line = name.includes("own") ? done.stderr : gateway.stdout();
      expect(line).toMatch(/"name":"phone.unlocked","by":"operator"/);
      expect(line).not.toContain(phone);
    },
  );

  it.each(Object.entries(WAYS))(
    "`sessions` %s lists and ends them, and not before --apply",
    async (name, way) => {
      const gateway = shared();
      const phone = name.includes("own") ? "9876500008" : "9876500004";
      const { access_token, user } = await logInAt(gateway, phone);
      const sid = String(claimsOf(access_token)["sid"]);
      const listed = await way(gateway, "sessions", "list", phone);
      expect([listed.code, listed.stdout]).toEqual([
        0,
        expect.stringContaining(`  ${sid}  doorstep`),
      ]);
      const planned = await way(gateway, "sessions", "revoke", user.id, `--sid=${sid}`);
      expect([planned.code, planned.stdout]).toEqual([1, expect.stringContaining(sid)]);
      expect((await withToken(gateway, "GET", "/auth/me", access_token)).status).toBe(200);
      const done = await way(
        gateway,
        "sessions",
        "revoke",
        user.id,
        `--sid=${sid}`,
        "--apply",
        "--yes",
      );
      expect([done.code, done.stdout]).toEqual([0, expect.stringContaining(sid)]);
      expect((await withToken(gateway, "GET", "/auth/me", access_token)).status).toBe(401);
    },
  );

  it("the operator's commands with another token are refused with 2 and a sentence, and the gateway writes it down", async () => {
    const gateway = shared();
    const env = { ADMIN_TOKEN: `${ADMIN_TOKEN}x` };
    const refused = await runDoorstep(["who", "c-1", "--gateway", gateway.url], "/", env);
    expect(refused).toEqual({
      code: 2,
      stdout: "",
      stderr: "The gateway refused this ADMIN_TOKEN: it runs with another one.\n",
    });
    expect(gateway.stdout()).toContain('"name":"admin.refused"');
    expect(gateway.stdout()).not.toContain(ADMIN_TOKEN);
  });
});
