import { describe, expect, test } from "vitest";
import {
  authorize,
  authorizeQuery,
  exchange,
  locationOf,
  oauthGateway,
  pageLogin,
  pkce,
} from "../../support/gateway/oauth-client.ts";
import { pageBrowser } from "../../support/login/page-browser.ts";

/** A browser that is signed in at the page, and is sent there by an app with this `prompt`. */
async function sentWith(prompt: string) {
  const gateway = await oauthGateway();
  const { cookie } = await pageLogin(gateway);
  const proof = pkce();
  gateway.clock.advance(1);
  const begun = locationOf(await authorize(gateway, authorizeQuery(proof, { prompt }), cookie));
  const browser = pageBrowser(gateway);
  browser.jar.set("doorstep", cookie);
  return { gateway, begun, browser, proof };
}

describe("an app that asks for the customer's consent", () => {
  test("gets a code after a click on the page that names it, although the customer is signed in", async () => {
    const { begun, browser, gateway, proof } = await sentWith("consent");
    expect(begun.pathname).toBe("/login");
    const page = await browser.open(begun.pathname + begun.search);
    expect(page.html).toContain("Continue to The shop");
    const clicked = await browser.submit(/value="app"/, { do: "app" });
    const to = new URL(clicked.hops.at(-1)?.headers.get("location") ?? "");
    const code = to.searchParams.get("code") ?? "";
    expect((await exchange(gateway, code, proof)).status).toBe(200);
  });

  test("is told of the customer's no", async () => {
    const { begun, browser } = await sentWith("consent");
    await browser.open(begun.pathname + begun.search);
    const clicked = await browser.submit(/value="app"/, { do: "decline" });
    const to = new URL(clicked.hops.at(-1)?.headers.get("location") ?? "");
    expect(to.searchParams.get("error")).toBe("access_denied");
    expect(to.searchParams.get("code")).toBeNull();
  });
});

test.each(["select_account", "login consent", "consent select_account"])(
  "prompt=%s asks for a phone where somebody is signed in",
  async (prompt) => {
    const { begun, browser } = await sentWith(prompt);
    const page = await browser.open(begun.pathname + begun.search);
    expect(page.html).toContain('name="phone"');
  },
);
