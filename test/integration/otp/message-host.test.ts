import { describe, expect, test } from "vitest";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import type { Directory } from "../../../src/ports/directory.ts";
import { customer } from "../../cases-extra/people.ts";
import { sqliteFolder } from "../../contract/sqlite/sqlite-files.ts";
import { call } from "../../support/gateway/client.ts";
import { type TestGateway, testClock, testGateway } from "../../support/gateway/test-gateway.ts";
import { pageBrowser } from "../../support/login/page-browser.ts";
import { PHONE } from "../../support/login/page-people.ts";

const APP = "https://app.example";
const SHOP = "https://shop.example";
const EVIL = "https://evil.example";
const env = { ALLOWED_ORIGINS: `${APP},${SHOP}`, OTP_DOMAIN: "otp.example" };
const documents = { customers_v2: [customer("c-1", PHONE)] };
const MINUTE = 60_000;

const open = (more: Partial<Parameters<typeof testGateway>[0]> = {}) =>
  testGateway({ documents, env, ...more });

const from = (origin: string | undefined) => (origin === undefined ? {} : { origin });

async function asked(gateway: TestGateway, origin: string | undefined, path = "/auth/otp") {
  const answer = await call(gateway, "POST", path, { phone: PHONE }, from(origin));
  await gateway.runtime.settle();
  return answer;
}

/** The hosts of the messages so far, the newest first. */
const hosts = ({ outbox }: TestGateway): readonly string[] =>
  outbox.latest().map(({ code, text }) => {
    const [, host = "", filled] = /\n@(\S+) #(\d+)$/.exec(text) ?? [];
    expect(filled).toBe(code);
    return host;
  });

describe("the last line of a message", () => {
  test.each([
    ["an allowed origin", APP, "app.example"],
    ["the gateway's own origin", "http://localhost:8787", "localhost"],
    ["an origin that is not allowed", EVIL, "otp.example"],
    ["a host that begins like an allowed one", `${APP}.evil.example`, "otp.example"],
    ["a sandboxed page", "null", "otp.example"],
    ["a client without an origin", undefined, "otp.example"],
  ])(
    "the last line of a message names the host of the asking page, from the settings alone: %s",
    async (_, origin, host) => {
      for (const path of ["/auth/otp", "/api/auth/otp/send"]) {
        const gateway = await open();
        await asked(gateway, origin, path);
        expect(hosts(gateway)).toEqual([host]);
      }
    },
  );

  test("the last line of a message for the login page names PUBLIC_URL's host, for a message sent again too", async () => {
    const gateway = await open();
    const browser = pageBrowser(gateway);
    await browser.askForCode(PHONE);
    await gateway.runtime.settle();
    gateway.clock.advance(MINUTE);
    await browser.submit(/value="sms"/);
    await gateway.runtime.settle();
    expect(hosts(gateway)).toEqual(["localhost", "localhost"]);
  });

  test("the last line of a message sent again names the page that asks again: the code is typed there", async () => {
    const gateway = await open();
    const { body } = await asked(gateway, APP);
    for (const origin of [SHOP, EVIL]) {
      gateway.clock.advance(2 * MINUTE);
      const again = { challenge_id: body.challenge_id };
      await call(gateway, "POST", "/auth/otp/resend", again, from(origin));
      await gateway.runtime.settle();
    }
    expect(hosts(gateway)).toEqual(["otp.example", "shop.example", "app.example"]);
  });

  test("the last line of a message whose look-up failed at first names the page that asked", async () => {
    let isDown = true;
    const gateway = await open({
      wrapDirectory: (directory) => ({
        ...directory,
        async findCustomers(query) {
          if (!isDown) return directory.findCustomers(query);
          isDown = false;
          throw new AdapterError("directory", "look-up", "unavailable", { cause: undefined });
        },
      }),
    });
    await asked(gateway, SHOP);
    expect(hosts(gateway)).toEqual(["shop.example"]);
  });

  test("the last line of a message whose first process died names the page that asks next: that request sends it", async () => {
    const shared = { peer: "192.0.2.7", path: (await sqliteFolder()).path, clock: testClock() };
    const hangs = () => new Promise<never>(() => undefined);
    const wrapDirectory = (directory: Directory) => ({ ...directory, findCustomers: hangs });
    const dying = await open({ ...shared, wrapDirectory });
    await call(dying, "POST", "/auth/otp", { phone: PHONE }, from(APP));
    const next = await open(shared);
    shared.clock.advance(6_000);
    await asked(next, SHOP);
    expect([hosts(dying), hosts(next)]).toEqual([[], ["shop.example"]]);
  });

  test("the last line of a message for a customer whom only the search finds names the page that asked", async () => {
    const spelled = customer("c-1", "+91 (98765) 432-10");
    const gateway = await open({ documents: { customers_v2: [spelled] } });
    await asked(gateway, SHOP);
    expect(hosts(gateway)).toEqual(["shop.example"]);
  });

  test("the last line of a message names no host that the client says in another header", async () => {
    const gateway = await open();
    const headers = {
      ...{ host: "evil.example", "x-forwarded-host": "evil.example", referer: `${EVIL}/login` },
      origin: EVIL,
    };
    await call(gateway, "POST", "/auth/otp", { phone: PHONE }, headers);
    await gateway.runtime.settle();
    const [message] = gateway.outbox.latest();
    expect(message?.text).not.toContain("evil");
  });

  test("the origin of a request changes no byte of the phone's record, and no answer for a stranger", async () => {
    const STRANGER = "9876500999";
    const seen = await Promise.all(
      [APP, EVIL, undefined].map(async (origin) => {
        const gateway = await open();
        const answer = await call(gateway, "POST", "/auth/otp", { phone: STRANGER }, from(origin));
        await gateway.runtime.settle();
        const { challenge_id, ...body } = answer.body;
        const [record] = gateway.file.sql.all(
          "SELECT length(CAST(value AS BLOB)) AS bytes FROM state WHERE key LIKE '%phone/%'",
        );
        return [answer.status, body, challenge_id.length, record?.["bytes"]];
      }),
    );
    expect(seen[0]?.[3]).toBeGreaterThan(100);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });
});
