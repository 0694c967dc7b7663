import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { type Answer, call, newestCode, wrongFor } from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";

const PHONE = "9876500001";
const OTHER = "9876500002";
const HOUR = 3_600_000;
const HTTPS = "https://gate.example";
const COOKIE = "__Host-doorstep-device";
const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", OTHER)] };

const open = (publicUrl = HTTPS) =>
  testGateway({
    documents,
    env: { NODE_ENV: "development", PUBLIC_URL: publicUrl, TRUSTED_PROXIES: "127.0.0.1" },
  });

/** A browser with the old web app: where it was served from, and the cookie that it keeps. */
interface Browser {
  readonly origin?: string;
  readonly site?: string;
  readonly cookie?: string;
  readonly address?: string;
}

const OWNER: Browser = { origin: HTTPS, site: "same-origin", address: "198.51.100.1" };

function ask(gateway: TestGateway, path: string, body: object, by: Browser): Promise<Answer> {
  const headers = {
    "x-forwarded-for": by.address ?? "203.0.113.9",
    ...(by.origin !== undefined && { origin: by.origin }),
    ...(by.site !== undefined && { "sec-fetch-site": by.site }),
    ...(by.cookie !== undefined && { cookie: by.cookie }),
  };
  return call(gateway, "POST", `/api/auth/otp/${path}`, body, headers);
}

async function codeFor(gateway: TestGateway, phone: string, by: Browser): Promise<string | null> {
  const sent = await ask(gateway, "send", { phone }, by);
  await gateway.runtime.settle();
  return sent.status === 200 ? (newestCode(gateway, phone) ?? null) : null;
}

async function logIn(gateway: TestGateway, phone: string, by: Browser): Promise<Answer> {
  const otp = await codeFor(gateway, phone, by);
  if (otp === null) throw new Error("no code");
  return ask(gateway, "verify", { phone, otp }, by);
}

const setCookie = ({ headers }: Answer) => headers.get("set-cookie");
/** As the browser sends it back. */
const kept = (answer: Answer) => setCookie(answer)?.split(";")[0] ?? "";

/** An hour after the owner's login; strangers have spent what the phone has for all. */
async function withSpentPhone() {
  const gateway = await open();
  const cookie = kept(await logIn(gateway, PHONE, OWNER));
  gateway.clock.advance(HOUR);
  for (let stranger = 0; stranger < 4; stranger++) {
    await ask(gateway, "send", { phone: PHONE }, { address: `203.0.113.${stranger}` });
  }
  await gateway.runtime.settle();
  expect(await codeFor(gateway, PHONE, { address: "203.0.113.77" })).toBeNull();
  return { gateway, cookie };
}

describe("a login of the old web app from the gateway's own origin", () => {
  test("a login of the old web app from the gateway's own origin leaves a cookie that no script, no neighbour and no other site has", async () => {
    const got = await logIn(await open(), PHONE, OWNER);
    expect(setCookie(got)).toMatch(
      /^__Host-doorstep-device=dsd_[\w.-]+; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(JSON.stringify(got.body), "the page cannot leak it").not.toContain("dsd_");
  });

  test("a login of the old web app sets the cookie on http for this machine alone, without the prefix", async () => {
    const localhost = "http://localhost:8787";
    const got = await logIn(await open(localhost), PHONE, { ...OWNER, origin: localhost });
    expect(setCookie(got)).toMatch(
      /^doorstep-device=dsd_[\w.-]+; Max-Age=15552000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const inTheClear = "http://gate.example";
    const none = await logIn(await open(inTheClear), PHONE, { ...OWNER, origin: inTheClear });
    expect([none.status, setCookie(none)]).toEqual([200, null]);
  });

  test.each<[string, Browser]>([
    ["another origin, an allowed one included", { origin: "http://localhost:3000" }],
    ["another site's page", { origin: HTTPS, site: "cross-site" }],
    ["a neighbouring site's page", { origin: HTTPS, site: "same-site" }],
    ["a sandboxed page", { origin: "null" }],
    ["no page at all", {}],
  ])("the old web app gets no cookie for %s: no attacker plants one", async (_, by) => {
    const gateway = await open();
    const got = await logIn(gateway, PHONE, by);
    expect([got.status, setCookie(got)]).toEqual([200, null]);
  });

  test("a login of the old web app sets no cookie where the code is wrong", async () => {
    const gateway = await open();
    const otp = wrongFor((await codeFor(gateway, PHONE, OWNER)) ?? "");
    const got = await ask(gateway, "verify", { phone: PHONE, otp }, OWNER);
    expect([got.status, setCookie(got)]).toEqual([400, null]);
  });
});

describe("the cookie of the old web app", () => {
  test("the cookie of the old web app gets its owner a code, and in, while strangers have spent the phone's", async () => {
    const { cookie, gateway } = await withSpentPhone();
    const again = await logIn(gateway, PHONE, { ...OWNER, cookie });
    expect([again.status, kept(again)]).toEqual([200, cookie]);
  });

  test("the cookie of the old web app means its own lane's code: a stranger begins none there and guesses at none", async () => {
    const gateway = await open();
    const cookie = kept(await logIn(gateway, PHONE, OWNER));
    gateway.clock.advance(HOUR);
    const mine = { ...OWNER, cookie };
    const otp = (await codeFor(gateway, PHONE, mine)) ?? "";
    const stranger = { address: "203.0.113.5" };
    const theirs = await ask(gateway, "send", { phone: PHONE }, stranger);
    expect(theirs.status).toBe(200);
    for (let tries = 0; tries < 6; tries++) {
      const body = { phone: PHONE, otp: wrongFor(otp) };
      expect((await ask(gateway, "verify", body, stranger)).status).not.toBe(200);
    }
    expect((await ask(gateway, "verify", { phone: PHONE, otp }, stranger)).status).not.toBe(200);
    expect((await ask(gateway, "verify", { phone: PHONE, otp }, mine)).status).toBe(200);
  });

  test.each<[string, (cookie: string) => Browser]>([
    [
      "sent by another origin's page",
      (cookie) => ({ ...OWNER, cookie, origin: "https://e.example" }),
    ],
    ["sent by a page of another site", (cookie) => ({ ...OWNER, cookie, site: "cross-site" })],
    ["changed in one letter", (cookie) => ({ ...OWNER, cookie: cookie.replace(/.$/, "!") })],
    ["without its prefix", (cookie) => ({ ...OWNER, cookie: cookie.replace("__Host-", "") })],
    ["of nothing", () => ({ ...OWNER, cookie: `${COOKIE}=` })],
  ])("the cookie of the old web app: %s opens no lane, and nobody is told", async (_, by) => {
    const { cookie, gateway } = await withSpentPhone();
    const got = await ask(gateway, "send", { phone: PHONE }, by(cookie));
    const without = await ask(gateway, "send", { phone: PHONE }, { address: "203.0.113.78" });
    expect([got.status, got.body.code]).toEqual([without.status, without.body.code]);
  });

  test("the cookie of the old web app is no other phone's, and opens no lane once every device was forgotten", async () => {
    const { cookie, gateway } = await withSpentPhone();
    for (let stranger = 0; stranger < 4; stranger++) {
      await ask(gateway, "send", { phone: OTHER }, { address: `203.0.113.${stranger}` });
    }
    expect(await codeFor(gateway, OTHER, { ...OWNER, cookie })).toBeNull();
    const { body } = await logIn(gateway, PHONE, { ...OWNER, cookie });
    const authorization = `Bearer ${body.access_token}`;
    await call(gateway, "DELETE", "/auth/sessions", undefined, { authorization });
    expect(await codeFor(gateway, PHONE, { ...OWNER, cookie })).toBeNull();
  });

  test("the cookie of the old web app logs no one in, and is read by no other route", async () => {
    const gateway = await open();
    const cookie = kept(await logIn(gateway, PHONE, OWNER));
    const headers = { cookie, origin: HTTPS, "sec-fetch-site": "same-origin" };
    expect((await call(gateway, "GET", "/auth/me", undefined, headers)).status).toBe(401);
    const sent = await call(gateway, "POST", "/auth/otp", { phone: PHONE }, headers);
    expect(setCookie(sent)).toBeNull();
  });
});

describe("an active customer beside a stopped one", () => {
  test("an active customer beside a stopped one logs in on the old web app, which cannot ask", async () => {
    const stopped = customer("c-1", PHONE, { status: "stopped" });
    const customers_v2 = [stopped, customer("c-2", PHONE, { status: "active" })];
    const gateway = await testGateway({ documents: { customers_v2 } });
    const { body, status } = await logIn(gateway, PHONE, {});
    const me = await call(gateway, "GET", "/auth/me", undefined, {
      authorization: `Bearer ${body.access_token}`,
    });
    expect([status, me.body.customer.id]).toEqual([200, "c-2"]);
  });
});

describe("two live customers of one phone", () => {
  const customers_v2 = [customer("c-1", PHONE), customer("c-2", PHONE)];
  const refused = async (env: Readonly<Record<string, string>>) => {
    const gateway = await testGateway({ documents: { customers_v2 }, env });
    const { body, status } = await logIn(gateway, PHONE, {});
    return [status, body.code, body.detail, body.message];
  };

  test("two live customers of one phone are told on the old web app where to choose", async () => {
    const told = (url: string) =>
      `Several customers share this number. Sign in at ${url}/login to choose.`;
    const here = told("http://localhost:8787");
    expect(await refused({})).toEqual([409, "several-accounts", here, here]);
    const there = told("https://gate.example");
    const env = { NODE_ENV: "development", PUBLIC_URL: "https://gate.example" };
    expect(await refused(env)).toEqual([409, "several-accounts", there, there]);
  });
});
