import { describe, expect, it } from "vitest";
import { readTokens } from "../../../src/client/token-set.ts";
import { APP, clientPage, SHOP } from "../../support/client/client-page.ts";
import { changed, shop } from "../../support/client/shop-page.ts";
import { oauthGateway, withClients } from "../../support/gateway/oauth-client.ts";
import { PUBLIC_URL } from "../../support/gateway/test-gateway.ts";

describe("the way to the login page and back", () => {
  it("ends in a session of this client, whose tokens work and are refreshed", async () => {
    const { atThePage, page, tab, test, visited } = await shop();
    await tab.signIn({ returnTo: "/basket?x=1#top", ui_locales: "hi" });
    const query = new URL(visited[0] ?? "").searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      scope: "openid profile",
      ui_locales: "hi",
    });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(query.get(name)).toMatch(/^[\w-]{43}$/);
    }
    const done = await tab.finishSignIn((await atThePage()).href);
    expect(done).toMatchObject({ customer: { id: "c-1" }, returnTo: `${APP}/basket?x=1#top` });
    expect(JSON.stringify(done)).not.toMatch(/token/);
    test.clock.advance(14 * 60_000);
    expect((await tab.fetch(`${PUBLIC_URL}/auth/userinfo`)).status).toBe(200);
    expect(page.sent.filter(({ body }) => body.includes("client_id=shop")).length).toBe(2);
  });

  it("takes the code out of the page's address, and puts no secret into one", async () => {
    const { atThePage, page, tab, visited } = await shop();
    await tab.signIn();
    Object.assign(location, { href: (await atThePage()).href });
    const code = new URL(location.href).searchParams.get("code") ?? "";
    await tab.finishSignIn();
    expect(location.href).toBe(`${APP}/cb`);
    const addresses = [...visited, ...page.sent.map(({ url }) => url)].join(" ");
    const { access_token, id_token, refresh_token } = page.tokens();
    for (const secret of [code, access_token, refresh_token, id_token ?? "none"]) {
      expect(addresses).not.toContain(secret);
    }
    const verifier = /code_verifier=([\w-]{43})/.exec(page.sent.map(({ body }) => body).join(" "));
    expect(addresses).not.toContain(verifier?.[1]);
  });

  it("gives the reason where the customer declined, and keeps no session", async () => {
    const { tab, visited } = await shop();
    await tab.signIn({ prompt: "login" });
    const { searchParams } = new URL(visited[0] ?? "");
    const query = new URLSearchParams({
      error: "access_denied",
      state: searchParams.get("state") ?? "",
      iss: PUBLIC_URL,
    });
    const back = tab.finishSignIn(`${APP}/cb?${query}`);
    await expect(back).rejects.toMatchObject({ code: "access_denied" });
    expect(await tab.current()).toBeNull();
  });
});

describe("an answer that is not for this sign-in", () => {
  it("is refused without a sign-in of this tab: an attacker's code would log the customer into the attacker's account", async () => {
    const { atThePage, page, tab } = await shop();
    await tab.signIn();
    const stolen = await atThePage();
    sessionStorage.removeItem(`doorstep shop@${PUBLIC_URL}:flow`);
    const before = page.sent.length;
    await expect(tab.finishSignIn(stolen.href)).rejects.toMatchObject({ code: "state-mismatch" });
    expect(page.sent.length).toBe(before);
  });

  it.each(["", "x", null])(
    "is refused with another state (%j), and the true answer still works",
    async (state) => {
      const { atThePage, page, tab } = await shop();
      await tab.signIn();
      const back = await atThePage();
      const before = page.sent.length;
      const forged = tab.finishSignIn(changed(back, "state", state));
      await expect(forged).rejects.toMatchObject({ code: "state-mismatch" });
      expect(page.sent.length).toBe(before);
      expect(await tab.finishSignIn(back.href)).toMatchObject({ customer: { id: "c-1" } });
    },
  );

  it("is refused the second time", async () => {
    const { atThePage, tab } = await shop();
    await tab.signIn();
    const back = await atThePage();
    await tab.finishSignIn(back.href);
    await expect(tab.finishSignIn(back.href)).rejects.toMatchObject({ code: "state-mismatch" });
    expect(await tab.current()).not.toBeNull();
  });

  it.each(["https://evil.example", `${PUBLIC_URL}/`, "", null])(
    "is refused with another issuer (%j), and the code is sent to nobody",
    async (iss) => {
      const { atThePage, page, tab } = await shop();
      await tab.signIn();
      const back = await atThePage();
      const before = page.sent.length;
      const mixed = tab.finishSignIn(changed(back, "iss", iss));
      await expect(mixed).rejects.toMatchObject({ code: "issuer-mismatch" });
      expect(page.sent.length).toBe(before);
    },
  );

  it.each([
    ["nonce", "other"],
    ["iss", "https://evil.example"],
    ["aud", "other"],
    ["nonce", undefined],
  ])("is refused with an ID token of another %s (%s)", async (claim, value) => {
    const { atThePage, page, tab } = await shop();
    await tab.signIn();
    const back = await atThePage();
    page.meddle(async ({ body }, answer) => {
      if (!body.includes("authorization_code")) return answer();
      const tokens = (await (await answer()).json()) as { id_token: string };
      const [head, payload = "", signature] = tokens.id_token.split(".");
      const claims = {
        ...JSON.parse(Buffer.from(payload, "base64url").toString()),
        [claim]: value,
      };
      const other = Buffer.from(JSON.stringify(claims)).toString("base64url");
      return Response.json({ ...tokens, id_token: [head, other, signature].join(".") });
    });
    const mixed = tab.finishSignIn(back.href);
    await expect(mixed).rejects.toMatchObject({ code: "id-token-mismatch" });
    expect(await tab.current()).toBeNull();
  });

  it.each([undefined, "", "x", "a.b.c", "a.e30.c"])(
    "is refused without a whole ID token (%j)",
    async (id_token) => {
      const { atThePage, page, tab } = await shop();
      await tab.signIn();
      const back = await atThePage();
      page.meddle(async ({ body }, answer) => {
        if (!body.includes("authorization_code")) return answer();
        return Response.json({ ...((await (await answer()).json()) as object), id_token });
      });
      const back2 = tab.finishSignIn(back.href);
      await expect(back2).rejects.toMatchObject({ code: "id-token-mismatch" });
    },
  );

  it("needs no ID token where the scope asks for none", async () => {
    const { atThePage, page, tab } = await shop({ scope: "offline_access" });
    await tab.signIn();
    await tab.finishSignIn((await atThePage()).href);
    expect(page.tokens().id_token).toBeUndefined();
    expect(await tab.accessToken()).toBe(page.tokens().access_token);
  });
});

describe("an address to return to", () => {
  it.each([
    "https://evil.example/",
    "//evil.example/x",
    "\\\\evil.example",
    "/\\evil.example",
    "\t//evil.example",
    "http://[",
    "https://shop.example.evil.example/",
    "https://shop.example@evil.example/",
    "http://shop.example/",
    "https://shop.example:444/",
    "javascript:alert(1)",
    "data:text/html,x",
    "blob:https://shop.example/0d1f",
    "intent://x#Intent;scheme=https;end",
  ])("of another place is refused before anything leaves the page: %s", async (returnTo) => {
    const { tab, visited } = await shop();
    await expect(tab.signIn({ returnTo })).rejects.toMatchObject({ code: "foreign-address" });
    expect(visited).toEqual([]);
  });

  it.each([
    ["/a//b", `${APP}/a//b`],
    ["//shop.example//evil.example", `${APP}//evil.example`],
    ["https://shop.example//evil.example/", `${APP}//evil.example/`],
    ["?x=//evil.example", `${APP}/cb?x=//evil.example`],
    ["..", `${APP}/`],
    ["https:evil.example", `${APP}/evil.example`],
  ])("comes back whole, so that a path is not read as a host: %s", async (returnTo, whole) => {
    const { atThePage, tab } = await shop();
    await tab.signIn({ returnTo });
    const done = await tab.finishSignIn((await atThePage()).href);
    expect(done.returnTo).toBe(whole);
  });
});

describe("two sign-ins", () => {
  it("of one tab: the last one counts, and the first one's answer is refused", async () => {
    const { atThePage, tab, visited } = await shop();
    await tab.signIn();
    await tab.signIn();
    const [first = "", last = ""] = visited;
    await expect(tab.finishSignIn((await atThePage(first)).href)).rejects.toMatchObject({
      code: "state-mismatch",
    });
    expect(await tab.finishSignIn((await atThePage(last)).href)).toMatchObject({ user: {} });
  });

  it("never use one verifier, state or nonce", async () => {
    const { tab, visited } = await shop();
    for (let n = 0; n < 3; n++) await tab.signIn();
    for (const name of ["state", "nonce", "code_challenge"]) {
      const values = visited.map((address) => new URL(address).searchParams.get(name));
      expect(new Set(values).size).toBe(3);
    }
  });
});

describe("two clients on one origin", () => {
  it("keep their tokens apart", async () => {
    const test = await oauthGateway({ env: withClients() });
    const page = clientPage(test);
    const [shopTab, direct] = [page.tab(SHOP), page.tab()];
    await page.logIn(direct, "9876500001");
    expect(await shopTab.current()).toBeNull();
    expect([...page.shared.kept.values()].filter((text) => readTokens(text)).length).toBe(1);
  });
});
