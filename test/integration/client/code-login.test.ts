import { describe, expect, it, vi } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { clientPage, mapStorage } from "../../support/client/client-page.ts";
import { MINUTE, me, PHONE, signedIn } from "../../support/client/signed-in.ts";
import { call, newestCode } from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";

describe("a login with a code", () => {
  it("tells a wrong code by its problem code and the tries that are left, and then logs in", async () => {
    const { page, test } = await signedIn();
    const tab = page.tab({ storage: mapStorage() });
    const asked = await tab.requestCode(PHONE, { locale: "en" });
    await test.runtime.settle();
    const code = newestCode(test, PHONE) ?? "";
    const wrong = code === "000000" ? "000001" : "000000";
    await expect(tab.verifyCode(asked, wrong)).rejects.toMatchObject({
      name: "DoorstepError",
      code: "otp-rejected",
      status: 400,
      attemptsRemaining: 4,
    });
    const login = await tab.verifyCode(asked, code);
    expect(login).toMatchObject({ customer: { id: "c-1" }, first_login: false });
    expect(JSON.stringify(login)).not.toMatch(/token/);
  });

  it("tells the wrong field of a refused request, and how long to wait", async () => {
    const { page, tab } = await signedIn({ OTP_SENDS_PER_PHONE: "1/1h" });
    await expect(tab.requestCode("12")).rejects.toMatchObject({ code: "phone-unsupported" });
    const asked = await tab.requestCode("9876500003");
    await expect(tab.verifyCode(asked, "12")).rejects.toMatchObject({
      code: "validation-failed",
      errors: [{ pointer: "/code" }],
    });
    const failure = await tab.resendCode(asked).catch((error) => error);
    expect(failure).toMatchObject({ code: "rate-limited", status: 429 });
    expect(failure.retryAfter).toBeGreaterThan(0);
    expect(page.sent.length).toBeGreaterThan(0);
  });

  it("shows the device's token with the next request, also after a log-out", async () => {
    const { page, tab } = await signedIn();
    await tab.signOut();
    await tab.requestCode(PHONE);
    expect(JSON.parse(page.sent.at(-1)?.body ?? "").device_token).toMatch(/^[\w.-]{20,}$/);
  });

  it("ends the session that was here before", async () => {
    const { page, tab, test } = await signedIn();
    const authorization = `Bearer ${page.tokens().access_token}`;
    await page.logIn(tab, "9876500002");
    await vi.waitFor(async () =>
      expect((await call(test, "GET", "/auth/me", undefined, { authorization })).status).toBe(401),
    );
    expect(await me(tab)).toBe(200);
  });

  it("of the same customer on the same device stays, although the session before it ends", async () => {
    const { page, tab, test } = await signedIn();
    const authorization = `Bearer ${page.tokens().access_token}`;
    await page.logIn(tab, PHONE);
    await vi.waitFor(async () =>
      expect((await call(test, "GET", "/auth/me", undefined, { authorization })).status).toBe(401),
    );
    expect(await me(tab)).toBe(200);
    test.clock.advance(60 * MINUTE);
    expect(await me(tab)).toBe(200);
  });

  it("gives the customers of a shared phone to choose from", async () => {
    const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", PHONE)] };
    const test = await testGateway({ documents });
    const page = clientPage(test);
    const tab = page.tab();
    const asked = await tab.requestCode(PHONE);
    await test.runtime.settle();
    const choice = await tab.verifyCode(asked, newestCode(test, PHONE) ?? "");
    if (!("customers" in choice)) throw new Error("no choice");
    expect(await tab.current()).toBeNull();
    const other = tab.selectCustomer(choice, "c-3");
    await expect(other).rejects.toMatchObject({ code: "not-owner" });
    const login = await tab.selectCustomer(choice, "c-2");
    expect(login).toMatchObject({ customer: { id: "c-2" } });
    expect(await me(tab)).toBe(200);
  });
});
