import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import {
  type Answer,
  askForCode,
  bearer,
  call,
  challengeFor,
  newestCode,
  post,
  refresh,
  resend,
  select,
  verify,
} from "../../support/gateway/client.ts";
import { compatCodeFor, compatLogIn, compatVerify } from "../../support/gateway/compat-client.ts";
import { eventually } from "../../support/gateway/fleet.ts";
import { OWN_PHONE } from "../../support/proxy/proxied-world.ts";
import { describeEdge, withoutSearch } from "../edge-place.ts";
import { type EdgeProxied, proxiedPlace } from "../proxied-place.ts";

const PHONES = Array.from({ length: 30 }, (_, n) => `98765003${String(n).padStart(2, "0")}`);
const [TAP, TAP_AGAIN, TAP_OLD, ELSEWHERE, LOST, PASTED, PASTED_OLD, NULLS] = PHONES as [
  ...[string, string, string, string],
  ...[string, string, string, string],
];
const [STOPPED, INACTIVE, NONE, HOUSE] = PHONES.slice(8) as [string, string, string, string];
const [TEL, DECIMAL, TYPED, TWO] = PHONES.slice(12) as [string, string, string, string];
const DEMO = { phone: "9000000001", code: "246810" };
const DAY_MS = 86_400_000;
/** One customer's phone: a request names the address that it comes from. */
const HOME = { "cf-connecting-ip": "203.0.113.7" };
const AWAY = { "cf-connecting-ip": "198.51.100.9" };

describeEdge("logins of real traffic at the built Worker", () => {
  let world: EdgeProxied;
  const place = () => world.place;
  /** For phones that an index lists: the search that follows the message is not waited for. */
  const quick = () => withoutSearch(world.place);
  beforeAll(async () => {
    const until = new Date(Date.now() + 30 * DAY_MS).toISOString().slice(0, 10);
    const demo = `+91${DEMO.phone}:${DEMO.code}:${until}:c-demo`;
    const env = {
      TEST_PHONES: demo,
      REFRESH_GRACE: "0s",
      // The shipped budgets: a retry that spent one would be seen.
      OTP_SENDS_PER_PHONE: "3/10m,5/1h,10/1d",
    };
    world = await proxiedPlace({ env });
    const lone = [TAP, TAP_AGAIN, TAP_OLD, ELSEWHERE, LOST, PASTED, PASTED_OLD, NULLS, TYPED];
    await place().mongo.put("customers_v2", [
      ...lone.map((phone) => customer(`c-${phone}`, phone)),
      customer("c-demo", "9876500399"),
      customer("c-live", STOPPED),
      customer("c-stopped", STOPPED, { status: "stopped" }),
      customer("c-able", INACTIVE),
      customer("c-inactive", INACTIVE, { user_id: "u-inactive-1" }),
      customer("c-none-1", NONE, { status: "stopped" }),
      customer("c-none-2", NONE, { user_id: "u-inactive-2" }),
      customer("c-house-1", HOUSE),
      customer("c-house-2", HOUSE),
      customer("c-house-3", HOUSE, { user_id: "u-inactive-3" }),
      customer("c-tel", `tel:+91-${TEL}`),
      customer("c-decimal", { $numberDecimal: DECIMAL }),
      customer("c-two", `${TWO} / ${TWO.slice(0, -1)}9`),
    ]);
    await place().mongo.put("users", [
      user("u-inactive-1", { customer_v2_id: "c-inactive", is_active: false }),
      user("u-inactive-2", { customer_v2_id: "c-none-2", is_active: false }),
      user("u-inactive-3", { customer_v2_id: "c-house-3", is_active: false }),
    ]);
  }, 120_000);
  afterAll(() => world.stop());

  const sentTo = (phone: string) =>
    place()
      .outbox.latest()
      .filter(({ to }) => to.endsWith(phone));
  const ask = (phone: string, from: Readonly<Record<string, string>>, path = "/auth/otp") =>
    call(place(), "POST", path, { phone }, from);
  const codeFor = async (phone: string) => {
    await place().runtime.settle();
    return newestCode(place(), phone) ?? "";
  };

  it.each([
    ["first", TAP, 0],
    ["second", TAP_AGAIN, 1],
  ] as const)(
    "a double tap is one message, and its code works on the %s challenge",
    async (_, phone, held) => {
      const asked = await Promise.all([ask(phone, HOME), ask(phone, HOME)]);
      expect(asked.map(({ status }) => status)).toEqual([202, 202]);
      const code = await codeFor(phone);
      // The page is loaded again.
      const reloaded = await ask(phone, HOME);
      expect(reloaded.status).toBe(202);
      await place().runtime.settle();
      expect(sentTo(phone)).toHaveLength(1);
      const { challenge_id } = asked[held].body;
      expect((await verify(place(), challenge_id, code)).status).toBe(200);
    },
  );

  it("a double tap on the old web app is one message, and its code logs in", async () => {
    const send = () => ask(TAP_OLD, HOME, "/api/auth/otp/send");
    expect((await Promise.all([send(), send()])).map(({ status }) => status)).toEqual([200, 200]);
    const code = await codeFor(TAP_OLD);
    expect((await send()).status).toBe(200);
    await place().runtime.settle();
    expect(sentTo(TAP_OLD)).toHaveLength(1);
    expect((await compatVerify(place(), TAP_OLD, code)).status).toBe(200);
  });

  it("a stranger's request from elsewhere does not ride on the owner's code", async () => {
    const owner = (await ask(ELSEWHERE, HOME)).body.challenge_id;
    const code = await codeFor(ELSEWHERE);
    const stranger = (await ask(ELSEWHERE, AWAY)).body.challenge_id;
    await place().runtime.settle();
    expect((await verify(place(), stranger, code)).body.code).toBe("otp-rejected");
    expect((await verify(place(), owner, code)).status).toBe(200);
  });

  it("a refresh whose answer was lost works again, until a token of it passed the proxy", async () => {
    const { challenge_id, code } = await challengeFor(quick(), LOST);
    const login = (await verify(place(), challenge_id, code)).body;
    const lost = (await refresh(place(), login.refresh_token)).body;
    await sleep(50);
    const again = await refresh(place(), login.refresh_token);
    expect([again.status, again.body.refresh_token]).toEqual([200, lost.refresh_token]);
    const headers = [["authorization", `Bearer ${again.body.access_token}`]] as const;
    expect((await world.ask({ method: "GET", target: "/api/orders/", headers })).status).toBe(200);
    await place().worker.settle();
    // The receipt is noted after the answer, and here REFRESH_GRACE is 0.
    const reused = await eventually(async () => {
      const { body } = await refresh(place(), login.refresh_token);
      return body.code === "refresh-reused" ? body : undefined;
    });
    expect(reused.error).toBe("invalid_grant");
    const me = await call(place(), "GET", "/auth/me", undefined, bearer(lost.access_token));
    expect(me.status, "the session ended").toBe(401);
  });

  it("a pasted code is read with invisible marks, other dashes, or the whole message around it", async () => {
    const { challenge_id, code } = await challengeFor(quick(), PASTED);
    const [half, rest] = [code.slice(0, 3), code.slice(3)];
    const wrong = code === "111111" ? "222222" : "111111";
    const typed = await verify(place(), challenge_id, `\u200e${wrong}\u2069`);
    expect(typed.body, "read, and compared").toMatchObject({ code: "otp-rejected" });
    const pasted = `\u2066\u200b${half}\u2011${rest}\ufeff`;
    expect((await verify(place(), challenge_id, pasted)).status).toBe(200);
    const old = await compatCodeFor(quick(), PASTED_OLD);
    const message = `${old} is your EarlyBird login code.\n\n@login.example.com #${old}`;
    expect((await compatVerify(place(), PASTED_OLD, message)).status).toBe(200);
  });

  it("null in an optional field counts as left out", async () => {
    const nulls = { channel: null, locale: null, device_token: null };
    const asked = await askForCode(quick(), NULLS, nulls);
    expect([asked.status, asked.body.channel]).toEqual([202, "sms"]);
    const { challenge_id } = asked.body;
    const again = await resend(place(), challenge_id, { channel: null });
    expect(again.body.code, "read, and asked to wait").toBe("rate-limited");
    const login = (await verify(place(), challenge_id, await codeFor(NULLS))).body;
    const { refresh_token } = login;
    const grant = { grant_type: "refresh_token", refresh_token, client_id: null };
    expect((await post(place(), "/auth/token", grant)).status).toBe(200);
  });

  it("a test phone logs in as often as it likes, and nothing is sent", async () => {
    for (let n = 0; n < 12; n++) {
      const asked = await post(place(), "/auth/otp", { phone: DEMO.phone });
      expect(asked.status, `request ${n + 1}`).toBe(202);
      if (n < 11) continue;
      const { body, status } = await verify(place(), asked.body.challenge_id, DEMO.code);
      expect([status, body.customer?.id]).toEqual([200, "c-demo"]);
    }
    await place().runtime.settle();
    expect(sentTo(DEMO.phone)).toEqual([]);
  });

  it.each([
    ["a stopped customer", STOPPED, "c-live"],
    ["a customer with an inactive user", INACTIVE, "c-able"],
  ])(
    "the one who can log in does so unasked beside %s, on the old web app too",
    async (_, phone, id) => {
      const { challenge_id, code } = await challengeFor(quick(), phone);
      const { body, status } = await verify(place(), challenge_id, code);
      expect([status, body.customer?.id]).toEqual([200, id]);
      expect((await compatLogIn(quick(), phone)).body.user).toEqual(body.user);
    },
  );

  it("a choice lists only who can log in; on the old web app two are 409 with what to do", async () => {
    const { challenge_id, code } = await challengeFor(quick(), HOUSE);
    const { body } = await verify(place(), challenge_id, code);
    const ids = body.customers.map((one: Answer["body"]) => one.customer_v2_id).sort();
    expect(ids).toEqual(["c-house-1", "c-house-2"]);
    const refused = await select(place(), body.selection_token, "c-house-3");
    expect([refused.status, refused.body.code]).toEqual([403, "user-inactive"]);
    const old = await compatLogIn(quick(), HOUSE);
    expect([old.status, old.body.code]).toEqual([409, "several-accounts"]);
    expect(old.body.message).toMatch(/Sign in at http\S+\/login to choose\.$/);
    const none = await challengeFor(quick(), NONE);
    const told = await verify(place(), none.challenge_id, none.code);
    expect([told.status, told.body.code]).toEqual([403, "user-inactive"]);
  });

  it("phones are found as `tel:` and as Decimal128, and read as 0919876500001; two in a field are reported", async () => {
    for (const [phone, id] of [
      [TEL, "c-tel"],
      [DECIMAL, "c-decimal"],
    ] as const) {
      const { challenge_id, code } = await challengeFor(place(), phone);
      const login = await verify(place(), challenge_id, code);
      expect([login.status, login.body.customer?.id]).toEqual([200, id]);
    }
    const asked = await askForCode(place(), `091${TYPED}`);
    const login = await verify(place(), asked.body.challenge_id, await codeFor(TYPED));
    expect([login.status, login.body.customer?.id]).toEqual([200, `c-${TYPED}`]);
    await askForCode(place(), TWO);
    const unreadable = () =>
      place()
        .worker.log()
        .find(({ event }) => event === "phone-unreadable");
    expect(JSON.stringify(await eventually(unreadable))).toContain("c-two");
    expect(sentTo(TWO)).toEqual([]);
  });

  it("one of several first logins at once says first_login", async () => {
    const { mongo } = place();
    await mongo.db.collection("users").deleteOne({ id: "u-1" });
    await mongo.db.collection("customers_v2").updateOne({ id: "c-1" }, { $set: { user_id: null } });
    const challenges = [];
    for (let n = 0; n < 3; n++) challenges.push(await challengeFor(quick(), OWN_PHONE));
    const answers = await Promise.all(
      challenges.map(({ challenge_id, code }) => verify(place(), challenge_id, code)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.filter(({ body }) => body.first_login === true)).toHaveLength(1);
  });
});
