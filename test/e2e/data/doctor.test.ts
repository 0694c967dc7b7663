import { describe, expect, it, onTestFinished } from "vitest";
import { runDoorstep, temporaryFolder } from "../../support/gateway/gateway-process.ts";
import { startLegacyBackend } from "../../support/legacy-backend/start.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";
import { freePort, redisMissing, startRedis } from "../../support/stores/redis-server.ts";
import { describeWith } from "../../support/stores/service.ts";
import { TWILIO_ACCOUNT } from "../../support/twilio/twilio-account.ts";
import { startTwilio } from "../../support/twilio/twilio-stand-in.ts";

interface Line {
  readonly check: string;
  readonly state: string;
  readonly what: string;
  readonly mend: string | null;
}

/** `doctor --json` in a folder of its own. */
async function examined(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) {
  const folder = temporaryFolder();
  const { code, stderr, stdout } = await runDoorstep(["doctor", "--json", ...args], folder, env);
  const checks: readonly Line[] = JSON.parse(stdout).checks;
  const of = (check: string) => checks.filter((line) => line.check === check);
  return { code, stderr, stdout, checks, of };
}

const statesOf = (lines: readonly Line[]) => lines.map(({ state }) => state);

describe("doorstep doctor", () => {
  it("doctor finds nothing but the sample's own data in a new development folder, and says what it could not check", async () => {
    const folder = temporaryFolder();
    const { code, stderr, stdout } = await runDoorstep(["doctor"], folder);
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^ok settings {2}development/);
    expect(stdout).toContain("?  clock ");
    expect(stdout).toMatch(/2 findings to mend; 2 could not be checked/);
    expect(stdout.match(/^!! \w+/gm)).toEqual(["!! data", "!! data"]);
  });

  it("doctor names everyone who can log in by password and could not by phone, by id alone", async () => {
    const { of, stdout } = await examined();
    const [stranded] = of("data").filter(({ what }) => what.startsWith("can log in by password"));
    expect(stranded).toMatchObject({ mend: expect.stringContaining("close-passwords") });
    expect(stranded?.what).toContain("2c9e4b71-5a0d-4f38-8b17-000000000023 (no-customer)");
    expect(stdout).not.toMatch(/Bina|98765000|@example/);
    // Nothing is called good that was not looked at.
    expect(statesOf(of("data"))).toContain("unknown");
  });

  it("doctor names every wrong setting and no value, and does not call the rest good", async () => {
    const { checks, code, stdout } = await examined({
      PORT: "secret-1",
      LEGACY_JWT_SECRET: "your-jwt-secret-key",
    });
    expect(code).toBe(1);
    expect(checks.map(({ what }) => what.split(" ")[0])).toEqual(
      expect.arrayContaining(["PORT", "LEGACY_JWT_SECRET"]),
    );
    expect(statesOf(checks)).not.toContain("ok");
    expect(stdout).not.toContain("secret-1");
  });

  it("doctor finds the backend with the published secret, and prints no secret", async () => {
    const backend = await startLegacyBackend({ secret: "your-jwt-secret-key" });
    onTestFinished(() => backend.stop());
    const secret = "bm90IHRoZSBiYWNrZW5kJ3Mgb3duIHNlY3JldCBhdCBhbGw";
    const { code, of, stdout } = await examined({
      LEGACY_UPSTREAM_URL: backend.url,
      LEGACY_JWT_SECRET: secret,
    });
    expect(code).toBe(1);
    expect(of("secret").map(({ what }) => what)).toEqual([
      expect.stringContaining("published in its code"),
      expect.stringContaining("refuses tokens signed with LEGACY_JWT_SECRET"),
    ]);
    expect(of("clock")).toMatchObject([{ state: "ok", what: "within 2 s of the backend" }]);
    expect(of("policy").every(({ what }) => !what.startsWith("no rule names"))).toBe(true);
    expect(stdout).not.toContain(secret);
  });

  it("doctor answers 3 where the backend is away, and calls neither policy nor secret good", async () => {
    const { code, of } = await examined({
      LEGACY_UPSTREAM_URL: `http://127.0.0.1:${await freePort()}`,
      LEGACY_JWT_SECRET: "bm90IHRoZSBiYWNrZW5kJ3Mgb3duIHNlY3JldCBhdCBhbGw",
    });
    expect(code).toBe(3);
    expect(statesOf([...of("backend"), ...of("policy"), ...of("secret")])).toEqual([
      "unreachable",
      "unknown",
      "unknown",
    ]);
  });

  it("doctor --send-test sends one message and prints the seconds to its delivery", async () => {
    const twilio = await startTwilio();
    onTestFinished(() => twilio.stop());
    const { of, stdout } = await examined(
      {
        NODE_ENV: "development",
        SMS_PROVIDER: "twilio",
        TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT.accountSid,
        TWILIO_AUTH_TOKEN: TWILIO_ACCOUNT.authToken,
        TWILIO_FROM: TWILIO_ACCOUNT.from,
        TWILIO_API_URL: twilio.url,
      },
      "--send-test",
      "98765 43210",
    );
    expect(twilio.accepted.map(({ code, to }) => [code, to])).toEqual([
      ["000000", "+919876543210"],
    ]);
    expect(of("message")).toMatchObject([
      { state: "ok", what: expect.stringMatching(/^delivered in \d+\.\d s by twilio$/) },
    ]);
    expect(stdout).not.toMatch(/98765|4f1c7a9d/);
  });

  it("doctor --send-test with the console calls nothing delivered, and refuses a number of no person", async () => {
    const { of } = await examined({}, "--send-test", "9876543210");
    expect(statesOf(of("message"))).toEqual(["unknown"]);
    const refused = await runDoorstep(["doctor", "--send-test", "12"], temporaryFolder());
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
  });

  it("doctor --probe needs no settings, and refuses an address that is none", async () => {
    const env = { NODE_ENV: "nonsense" };
    const url = `http://127.0.0.1:${await freePort()}`;
    const closed = await runDoorstep(["doctor", "--probe", url], temporaryFolder(), env);
    expect([closed.code, closed.stdout]).toEqual([0, expect.stringContaining("ok probe")]);
    const wrong = await runDoorstep(["doctor", "--probe", "backend"], temporaryFolder(), env);
    expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
  });
});

describeMongo("doorstep doctor on MongoDB", (mongo) => {
  it("doctor finds the missing indexes and the lone server, and nothing after migrate", async () => {
    const env = { MONGODB_URL: mongo.newUrl() };
    const before = await examined(env);
    expect(before.code).toBe(1);
    expect(statesOf(before.of("stores"))).toEqual(["ok", "ok"]);
    expect(before.of("indexes").every(({ mend }) => mend?.startsWith("npx doorstep migrate"))).toBe(
      true,
    );
    await runDoorstep(["migrate", "--apply", "--yes"], temporaryFolder(), env);
    const after = await examined(env);
    expect(statesOf(after.of("indexes"))).toEqual(["ok"]);
  });

  it("doctor answers 3 where MongoDB is away, and never hangs", async () => {
    const url = `mongodb://user:pass-word@127.0.0.1:${await freePort()}/earlybird`;
    const { code, of, stdout } = await examined({ MONGODB_URL: url });
    expect(code).toBe(3);
    expect(statesOf([...of("stores"), ...of("indexes")])).toContain("unreachable");
    expect(statesOf(of("indexes"))).not.toContain("ok");
    expect(stdout).not.toContain("pass-word");
  });
});

describeWith("Redis", redisMissing(), "doorstep doctor on Redis", () => {
  it("doctor finds a Redis that forgets, and is content with one that does not", async () => {
    const forgetful = await startRedis();
    onTestFinished(() => forgetful.stop());
    const durable = await startRedis({ durable: true });
    onTestFinished(() => durable.stop());
    const bad = await examined({ REDIS_URL: forgetful.url });
    expect(bad.of("stores").filter(({ state }) => state === "finding")).toMatchObject([
      { mend: expect.stringContaining("CONFIG SET appendonly yes") },
      { mend: expect.stringContaining("CONFIG SET appendfsync always") },
    ]);
    const good = await examined({ REDIS_URL: durable.url });
    expect(statesOf(good.of("stores"))).toEqual(["ok", "ok", "ok"]);
    expect(good.of("clock")).toMatchObject([{ state: "ok", what: "within 2 s of Redis" }]);
  });
});
