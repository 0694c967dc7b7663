import { createLocalJWKSet, jwtVerify } from "jose";
import { getExpectedTwilioSignature } from "twilio";
import { beforeAll, expect, it } from "vitest";
import { routesOf } from "../../../src/http/create-app.ts";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  askForCode,
  bearer,
  call,
  challengeFor,
  claimsOf,
  logIn,
  newestCode,
  refresh,
  resend,
  select,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { compatLogIn } from "../../support/gateway/compat-client.ts";
import { FULL_SITE } from "../../support/gateway/every-site.ts";
import { audited, eventually } from "../../support/gateway/fleet.ts";
import {
  authorizeQuery,
  basicAuth,
  exchange,
  type Pkce,
  pkce,
  sendForm,
  serviceClient,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import { TWILIO_ACCOUNT } from "../../support/twilio/twilio-account.ts";
import { browserAt } from "../edge-browser.ts";
import { describeEdge, sharedPlace } from "../edge-place.ts";

const SINGLE = "9876500001";
const HOUSEHOLD = "9876500016";
const RARE = ["9876500030", "9876500031", "9876500032"];
const STRANGER = "9876599999";
const get = (path: string, token?: string): Promise<Answer> =>
  call(place(), "GET", path, undefined, token === undefined ? {} : bearer(token));

let place: ReturnType<typeof sharedPlace>;

/** Every route of the app in production but the operator's, which admin.test.ts asks for. */
const ROUTES = routesOf({ ...FULL_SITE, outbox: null })
  .filter(({ credential }) => credential !== "admin-token")
  .map(({ method, path }) => `${method} ${path}`);

/** What a client may do with its code: every route that no person sees. */
async function asOpenidClient(code: string, proof: Pkce): Promise<void> {
  expect((await get("/.well-known/openid-configuration")).status).toBe(200);
  const posted = await sendForm(place(), "/auth/authorize", authorizeQuery(pkce()).toString());
  expect(posted.status).toBe(200);
  const { access_token, id_token, refresh_token } = (await exchange(place(), code, proof)).body;
  for (const method of ["GET", "POST"]) {
    const told = await call(place(), method, "/auth/userinfo", undefined, bearer(access_token));
    expect(told.body.phone_number).toBe(`+91${SINGLE}`);
  }
  const asked = await sendForm(place(), "/auth/introspect", { token: access_token }, basicAuth());
  expect(asked.body).toMatchObject({ active: true, client_id: "shop" });
  const token = { token: refresh_token, client_id: "shop" };
  expect((await sendForm(place(), "/auth/revoke", token)).status).toBe(200);
  // The harness's fetch follows to the login page.
  expect((await get(`/auth/end-session?id_token_hint=${id_token}`)).status).toBe(200);
  expect((await sendForm(place(), "/auth/end-session", {})).status).toBe(200);
}

describeEdge("the built Worker", () => {
  place = sharedPlace({ env: withClients(serviceClient()) });
  beforeAll(async () => {
    await place().mongo.put("customers_v2", [
      customer("c-1", SINGLE),
      customer("c-2", HOUSEHOLD, { name: "Anil" }),
      customer("c-3", `+91${HOUSEHOLD}`, { name: "Rekha" }),
      // Spellings that no index can list.
      ...RARE.map((phone, n) => customer(`c-r${n}`, `(${phone.slice(0, 5)}) ${phone.slice(5)}`)),
    ]);
  });

  it("the built Worker serves a login with its resend and a slip, and the sessions that follow", async () => {
    const asked = await askForCode(place(), SINGLE);
    expect([asked.status, asked.body]).toMatchObject([202, { channel: "sms", resend_in: 30 }]);
    const { challenge_id } = asked.body;
    const resent = await resend(place(), challenge_id, { channel: "call" });
    expect([resent.status, resent.body.challenge_id]).toEqual([202, challenge_id]);
    await place().worker.settle();
    const code = newestCode(place(), SINGLE) ?? "";
    expect(place().twilio.accepted.map(({ channel }) => channel)).toEqual(["sms", "call"]);
    const wrong = await verify(place(), challenge_id, wrongFor(code));
    expect([wrong.status, wrong.body.attempts_remaining]).toEqual([400, 4]);
    const { body, status } = await verify(place(), challenge_id, code);
    expect([status, body.first_login, body.token_type]).toEqual([200, true, "Bearer"]);

    const me = await get("/auth/me", body.access_token);
    expect(me.body).toMatchObject({ customer: { id: "c-1" }, user: { id: body.user.id } });
    const rotated = await refresh(place(), body.refresh_token);
    expect([rotated.status, rotated.body.user]).toEqual([200, body.user]);
    const again = await refresh(place(), body.refresh_token);
    expect(again.body.refresh_token, "within the grace").toBe(rotated.body.refresh_token);
    const other = await logIn(place(), SINGLE);
    const list = await get("/auth/sessions", other.body.access_token);
    expect(list.body.sessions).toHaveLength(2);
    const third = await logIn(place(), SINGLE);
    const { sid } = claimsOf(third.body.access_token);
    const path = `/auth/sessions/${sid}`;
    const one = await call(place(), "DELETE", path, undefined, bearer(other.body.access_token));
    expect(one.status).toBe(204);
    expect((await get("/auth/me", third.body.access_token)).status).toBe(401);
    const ended = await call(place(), "POST", "/auth/logout", {}, bearer(other.body.access_token));
    expect(ended.status).toBe(204);
    expect((await get("/auth/me", other.body.access_token)).status).toBe(401);
    expect((await get("/auth/me", rotated.body.access_token)).status).toBe(200);
    const all = await call(
      place(),
      "DELETE",
      "/auth/sessions",
      undefined,
      bearer(rotated.body.access_token),
    );
    expect(all.status).toBe(204);
    expect((await refresh(place(), rotated.body.refresh_token)).body.error).toBe("invalid_grant");
  });

  it("the built Worker asks a household who logs in", async () => {
    const { challenge_id, code } = await challengeFor(place(), HOUSEHOLD);
    const { body } = await verify(place(), challenge_id, code);
    expect(body.customers.map(({ name }: { name: string }) => name).sort()).toEqual([
      "Anil",
      "Rekha",
    ]);
    const login = await select(place(), body.selection_token, "c-3");
    expect([login.status, login.body.customer.id]).toEqual([200, "c-3"]);
  });

  it("the built Worker logs the old web app in by its own two calls", async () => {
    const login = await compatLogIn(place(), SINGLE);
    expect([login.status, login.body.token_type]).toEqual([200, "bearer"]);
    const { body } = await get("/auth/me", login.body.access_token);
    expect(body.customer.id).toBe("c-1");
  });

  it("the built Worker publishes the keys that its tokens are signed with", async () => {
    const { body } = await logIn(place(), SINGLE);
    const jwks = await get("/.well-known/jwks.json");
    expect(jwks.headers.get("cache-control")).toBe("public, max-age=300");
    const issuer = "https://login.example.com";
    const options = { issuer, audience: issuer, typ: "at+jwt" };
    const { payload } = await jwtVerify(body.access_token, createLocalJWKSet(jwks.body), options);
    expect(payload["customer_v2_id"]).toBe("c-1");
    expect((await get("/.well-known/oauth-authorization-server")).body.issuer).toBe(issuer);
  });

  it("the built Worker finds customers in rare spellings after the answer, several requests in one look", async () => {
    const asked = await Promise.all(RARE.map((phone) => askForCode(place(), phone)));
    expect(asked.map(({ status }) => status)).toEqual([202, 202, 202]);
    await place().worker.settle();
    for (const [n, phone] of RARE.entries()) {
      const code = newestCode(place(), phone) ?? "";
      const login = await verify(place(), asked[n]?.body.challenge_id, code);
      expect([login.status, login.body.customer?.id]).toEqual([200, `c-r${n}`]);
    }
  });

  it("the built Worker tells a stranger nothing and sends nothing", async () => {
    const before = place().twilio.received.length;
    const [known, unknown] = [
      await askForCode(place(), SINGLE),
      await askForCode(place(), STRANGER),
    ];
    const shape = ({ body, headers, status }: Answer) => ({
      status,
      fields: Object.keys(body),
      headers: [...headers.keys()],
    });
    expect(shape(unknown)).toEqual(shape(known));
    expect(place().twilio.received).toHaveLength(before + 1);
    const wrong = await verify(place(), unknown.body.challenge_id, "123456");
    expect(wrong.body).toMatchObject({ code: "otp-rejected", attempts_remaining: 4 });
  });

  it("the built Worker forgets nothing when the objects of a login are evicted in its middle", async () => {
    const { log } = place().worker;
    const before = audited(log(), "otp.requested").length;
    const asked = await askForCode(place(), SINGLE);
    const code = newestCode(place(), SINGLE) ?? "";
    const line = await eventually(() => audited(log(), "otp.requested")[before]);
    await place().worker.evict("StateObject", `phone/${line["phone_key"]}`);
    const wrong = await verify(place(), asked.body.challenge_id, wrongFor(code));
    expect(wrong.body.attempts_remaining).toBe(4);
    await place().worker.evict("StateObject", `phone/${line["phone_key"]}`);
    const wrongAgain = await verify(place(), asked.body.challenge_id, wrongFor(code));
    expect(wrongAgain.body.attempts_remaining).toBe(3);
    expect((await verify(place(), asked.body.challenge_id, code)).status).toBe(200);
  });

  it("the built Worker takes Twilio's signed callback", async () => {
    await askForCode(place(), SINGLE);
    const sent = place().twilio.accepted.at(-1);
    expect(sent?.form["StatusCallback"]).toBe("https://login.example.com/webhooks/twilio/status");
    const form = { MessageSid: sent?.sid ?? "", MessageStatus: "delivered", AccountSid: "" };
    form.AccountSid = TWILIO_ACCOUNT.accountSid;
    const url = sent?.form["StatusCallback"] ?? "";
    const signature = getExpectedTwilioSignature(TWILIO_ACCOUNT.authToken, url, form);
    const report = async (signed: string) =>
      place().worker.request("/webhooks/twilio/status", {
        method: "POST",
        headers: { "x-twilio-signature": signed },
        body: new URLSearchParams(form),
      });
    expect((await report("bm90IHNpZ25lZA==")).status).toBe(403);
    expect((await report(signature)).status).toBe(204);
    const { log } = place().worker;
    const told = await eventually(() => audited(log(), "otp.reported")[0]);
    expect(told["message_id"]).toBe(sent?.sid);
  });

  it.each([
    ["GET", "/metrics", 404, "not-found"],
    ["GET", "/dev/outbox", 404, "not-found"],
    ["GET", "/nowhere", 404, "not-found"],
    ["PUT", "/auth/otp", 405, "method-not-allowed"],
    ["GET", "/auth/me", 401, "token-missing"],
  ])("the built Worker answers %s %s with %i %s", async (method, path, status, code) => {
    const answer = await call(place(), method, path);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.type).toBe(`https://login.example.com/problems/${code}`);
  });

  it.each([
    [415, "unsupported-media-type", "text/plain", "phone"],
    [400, "request-malformed", "application/json", "{"],
    [422, "validation-failed", "application/json", "{}"],
    [422, "phone-unsupported", "application/json", '{"phone":"12"}'],
    [413, "payload-too-large", "application/json", `{"phone":"${"1".repeat(20_000)}"}`],
  ])("the built Worker refuses a body with %i %s", async (status, code, type, body) => {
    const answer = await place().worker.request("/auth/otp", {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      status,
      code,
    ]);
  });

  it("the built Worker is alive and ready, and says no more to strangers", async () => {
    expect((await get("/healthz")).body).toEqual({ status: "ok" });
    expect((await get("/readyz")).body).toEqual({ status: "ready" });
    expect((await get("/openapi.json")).body.openapi).toMatch(/^3\.1\./);
    expect((await get("/problems/otp-rejected")).body).toContain("otp-rejected");
    const page = await call(place(), "GET", "/", undefined, { accept: "text/html" });
    // The harness's fetch has followed to the login page.
    expect(page.body).toContain('name="phone"');
    expect((await get("/")).status, "a program").toBe(404);
  });

  it("the built Worker serves the login page, and an app that sends a customer there", async () => {
    const browser = browserAt(place());
    await browser.askForCode(SINGLE);
    await place().worker.settle();
    const signedIn = await browser.showCode(newestCode(place(), SINGLE) ?? "");
    expect([signedIn.status, signedIn.path]).toEqual([200, "/login"]);
    expect((await browser.open("/login/session")).path).toBe("/login");
    const proof = pkce();
    const query = authorizeQuery(proof, { scope: "openid phone" });
    const app = await browser.open(`/auth/authorize?${query}`);
    expect(app.path).toMatch(/^https:\/\/shop\.example\/cb\?code=/);
    await asOpenidClient(new URL(app.path).searchParams.get("code") ?? "", proof);
    await browser.open("/login");
    const out = await browser.submit(/value="out"/);
    expect(out.path).toBe("/login?reason=out");
  });

  it("the built Worker was asked for every route that there is", async () => {
    await place().worker.settle();
    const served = place()
      .worker.log()
      .filter(({ event, status }) => event === "request" && Number(status) < 400)
      .map(({ method, route }) => `${method} ${route}`);
    expect(ROUTES.filter((route) => !served.includes(route))).toEqual([]);
  });

  it("the built Worker logs no phone, code or token", async () => {
    await place().worker.settle();
    const text = JSON.stringify(place().worker.log());
    const codes = place().twilio.accepted.map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(5);
    for (const secret of [SINGLE, HOUSEHOLD, STRANGER, ...RARE, "eyJ", ...codes]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toContain("deferred-failed");
  });
});
