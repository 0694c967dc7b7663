import { describe, expect, it } from "vitest";
import { ME, MINUTE, me, refreshesIn, signedIn } from "../../support/client/signed-in.ts";
import { PUBLIC_URL } from "../../support/gateway/test-gateway.ts";

describe("calls with the access token", () => {
  it("show the token to the gateway and to named origins only", async () => {
    const { page } = await signedIn();
    const tab = page.tab({ origins: ["https://api.example"] });
    const places = [
      "https://evil.example/",
      "http://localhost:8788/",
      "https://api.example.evil.example/",
    ];
    for (const place of [...places, "https://api.example/x", ME]) await tab.fetch(place);
    const shown = page.sent.filter(({ token }) => token !== null).map(({ url }) => url);
    expect(shown).toEqual(["https://api.example/x", ME]);
  });

  it("repeat a request with its body after the refresh", async () => {
    const { page, tab } = await signedIn();
    const first = page.tokens().access_token;
    const seen: string[] = [];
    page.meddle(async ({ body, token, url }, answer) => {
      if (url !== `${PUBLIC_URL}/api/orders/`) return answer();
      seen.push(body);
      return new Response("", { status: token === `Bearer ${first}` ? 401 : 201 });
    });
    const sent = { method: "POST", body: '{"items":[]}' };
    expect((await tab.fetch(`${PUBLIC_URL}/api/orders/`, sent)).status).toBe(201);
    expect(seen).toEqual([sent.body, sent.body]);
  });

  it("do not refresh for each 401 that a new token gets as well", async () => {
    const { page, tab } = await signedIn();
    page.meddle(async ({ url }, answer) =>
      url === ME ? new Response("", { status: 401 }) : answer(),
    );
    for (let n = 0; n < 5; n++) expect(await me(tab)).toBe(401);
    expect(refreshesIn(page).length).toBe(1);
  });

  it.each([-1, 1])("work where the device's clock is wrong by %i days", async (days) => {
    const { page, tab, test } = await signedIn();
    page.deviceClock(days * 24 * 60 * MINUTE);
    expect(await me(tab)).toBe(200);
    test.clock.advance(20 * MINUTE);
    expect(await me(tab)).toBe(200);
    expect(await me(tab)).toBe(200);
    expect(refreshesIn(page).length).toBeLessThanOrEqual(2);
  });

  it("never put a token into an address", async () => {
    const { page, tab, test } = await signedIn();
    test.clock.advance(14 * MINUTE);
    const { access_token, refresh_token } = page.tokens();
    await tab.fetch(ME);
    await tab.signOut();
    const addresses = page.sent.map(({ url }) => url).join(" ");
    for (const secret of [access_token, refresh_token]) expect(addresses).not.toContain(secret);
    expect(addresses).not.toContain("?");
  });
});
