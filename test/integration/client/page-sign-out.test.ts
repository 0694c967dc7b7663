import { describe, expect, it } from "vitest";
import { formsOfThePage } from "../../support/client/client-page.ts";
import { shop } from "../../support/client/shop-page.ts";
import { bearer, call } from "../../support/gateway/client.ts";
import { PUBLIC_URL } from "../../support/gateway/test-gateway.ts";

describe("signing out at the login page", () => {
  it("sends the ID token in a form, never in an address, and signs out here first", async () => {
    const { atThePage, page, tab } = await shop();
    await tab.signIn();
    await tab.finishSignIn((await atThePage()).href);
    const idToken = page.tokens().id_token;
    const forms = formsOfThePage();
    await tab.signOutAtPage("https://shop.example/bye");
    expect(await tab.current()).toBeNull();
    expect(forms).toEqual([
      {
        method: "post",
        action: `${PUBLIC_URL}/auth/end-session`,
        fields: {
          client_id: "shop",
          id_token_hint: idToken,
          post_logout_redirect_uri: "https://shop.example/bye",
        },
      },
    ]);
  });

  it("after a code that this page asked for ends the session itself, and names the client", async () => {
    const { page, tab, test } = await shop();
    await page.logIn(tab, "9876500001");
    const token = (await tab.accessToken()) ?? "";
    const forms = formsOfThePage();
    await tab.signOutAtPage("https://shop.example/bye");
    expect((await call(test, "GET", "/auth/me", undefined, bearer(token))).status).toBe(401);
    expect(forms[0]?.fields).toEqual({
      client_id: "shop",
      id_token_hint: "",
      post_logout_redirect_uri: "https://shop.example/bye",
    });
  });
});
