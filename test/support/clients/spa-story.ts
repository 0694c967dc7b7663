import type { Page } from "puppeteer-core";
import { expect } from "vitest";

export interface SpaWorld {
  /** Of the page with oidc-client-ts. */
  readonly app: string;
  readonly issuer: string;
  /** A customer's, ten digits. */
  readonly phone: string;
  /** The code that the customer got. */
  code(): Promise<string>;
  /** Whether the login page asks for a click before it returns to the app. */
  readonly asksForClick: boolean;
}

const PATIENCE = { timeout: 20_000 };

/**
 * oidc-client-ts in a browser: login over the page, userinfo, a refresh without a hidden frame, and
 * a log-out that ends the page's session too. @returns the last access token, which opens nothing now
 */
export async function throughSpa(page: Page, world: SpaWorld): Promise<string> {
  const { app, issuer, phone } = world;
  await page.goto(app);
  await Promise.all([
    page.waitForSelector("#phone", PATIENCE),
    page.evaluate("void manager.signinRedirect()"),
  ]);
  await page.type("#phone", phone);
  await page.click("button.main");
  await page.waitForSelector("#code", PATIENCE);
  await page.type("#code", await world.code());
  if (world.asksForClick) {
    await Promise.all([
      page.waitForSelector('button[value="app"]', PATIENCE),
      page.click("button.main"),
    ]);
  }
  await Promise.all([
    page.waitForFunction("window.user !== undefined", PATIENCE),
    page.click(world.asksForClick ? 'button[value="app"]' : "button.main"),
  ]);
  const first = (await page.evaluate("window.user")) as Record<string, unknown>;
  expect(first).toMatchObject({
    scope: "openid profile phone offline_access",
    profile: { aud: "spa", phone_number: `+91${phone}`, phone_number_verified: true },
  });
  const frames = page.frames().length;
  const next = (await page.evaluate("manager.signinSilent()")) as Record<string, unknown>;
  expect(next["access_token"]).not.toBe(first["access_token"]);
  expect(page.frames().length).toBe(frames);
  await Promise.all([
    page.waitForFunction('location.pathname === "/bye"', PATIENCE),
    page.evaluate("void manager.signoutRedirect()"),
  ]);
  await page.goto(`${issuer}/login`);
  expect(await page.$("#phone")).not.toBeNull();
  return String(next["access_token"]);
}
