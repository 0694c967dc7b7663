import { expect, it } from "vitest";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import { startGateway, temporaryFolder } from "../../support/gateway/gateway-process.ts";
import { serveWebApp } from "../../support/web-app/serve.ts";

/** Of sample/. */
const RAVI = "9876500002";

describeBrowser("the old web app on the gateway's own origin", () => {
  const browser = sharedBrowser();

  it("the old web app on the gateway's own origin logs its owner in by a cookie's own lane while strangers have spent the phone's codes", async () => {
    const app = await serveWebApp();
    const env = { NODE_ENV: "development", PUBLIC_URL: app.origin, TRUSTED_PROXIES: "127.0.0.1" };
    const gateway = await startGateway(temporaryFolder(), { ...env, OTP_SENDS_PER_PHONE: "2/1d" });
    app.forwardTo(gateway.port);
    const page = await browser().newPage();
    const put = (id: string, text: string) =>
      page.evaluate(`document.getElementById("${id}").value = ${JSON.stringify(text)}`);
    const textOf = (id: string) => page.$eval(`#${id}`, (node) => node.textContent);
    const newest = async () => {
      const outbox = await fetch(`${gateway.url}/dev/outbox`);
      const { messages } = (await outbox.json()) as { messages: { to: string; code: string }[] };
      return messages.filter(({ to }) => to === `+91${RAVI}`).map(({ code }) => code);
    };
    const logIn = async () => {
      const before = (await newest()).length;
      await put("phone", RAVI);
      await page.click("#send");
      await expect.poll(async () => (await newest()).length, { timeout: 10_000 }).toBe(before + 1);
      await put("otp", (await newest())[0] ?? "");
      await page.click("#verify");
      await expect.poll(() => textOf("who"), { timeout: 10_000 }).toMatch(/customer$/);
    };
    await page.goto(`${app.origin}/?api=${app.origin}`);
    await page.evaluate("window.ready");
    await logIn();
    const [cookie] = await browser().cookies();
    expect(cookie).toMatchObject({ name: "doorstep-device", httpOnly: true, sameSite: "Strict" });
    expect(await page.evaluate("document.cookie"), "no script reads it").toBe("");

    const strange = (source: number) =>
      fetch(`${gateway.url}/api/auth/otp/send`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-forwarded-for": `203.0.113.${source}` },
        body: JSON.stringify({ phone: RAVI }),
      });
    await strange(1);
    await expect.poll(async () => (await newest()).length, { timeout: 10_000 }).toBe(2);
    expect((await strange(2)).status, "the phone's codes are spent").toBe(429);
    await page.evaluate("localStorage.clear(); document.getElementById('who').textContent = ''");
    await logIn();
    await app.stop();
  }, 60_000);
});
