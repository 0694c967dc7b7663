import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  authorize,
  authorizeQuery,
  codeFor,
  exchange,
  locationOf,
  NATIVE_REDIRECT,
  oauthGateway,
  pageLogin,
  pkce,
  sendForm,
} from "../../support/gateway/oauth-client.ts";
import { pageBrowser } from "../../support/login/page-browser.ts";

const [MINE, THEIRS] = ["9876500001", "9876500002"];

/** Two customers of one browser's app: the second is signed in, the first has an ID token. */
async function twoCustomers() {
  const gateway = await oauthGateway({
    documents: { customers_v2: [customer("c-1", MINE), customer("c-2", THEIRS)] },
  });
  const tokenOf = async (phone: string) => {
    const { cookie } = await pageLogin(gateway, { phone });
    const proof = pkce();
    const code = await codeFor(gateway, cookie, proof, { scope: "openid" });
    return { cookie, id_token: (await exchange(gateway, code, proof)).body.id_token as string };
  };
  const [mine, theirs] = [await tokenOf(MINE), await tokenOf(THEIRS)];
  return { gateway, mine, theirs };
}

describe("an ID token in an authorization request", () => {
  test("lets the app of one customer get no code in silence while another is signed in", async () => {
    const { gateway, mine, theirs } = await twoCustomers();
    const ask = async (id_token_hint: string, more: Readonly<Record<string, string>> = {}) => {
      const query = authorizeQuery(pkce(), { prompt: "none", id_token_hint, ...more });
      return locationOf(await authorize(gateway, query, theirs.cookie)).searchParams;
    };
    expect((await ask(theirs.id_token)).get("code")).toMatch(/^dsa_/);
    for (const hint of [mine.id_token, `${mine.id_token}x`, "x"]) {
      expect((await ask(hint)).get("error")).toBe("login_required");
    }
    const native = { client_id: "app", redirect_uri: NATIVE_REDIRECT };
    expect((await ask(theirs.id_token, native)).get("error")).toBe("interaction_required");
  });

  test("has the page ask for a phone where another customer is signed in", async () => {
    const { gateway, mine, theirs } = await twoCustomers();
    const query = authorizeQuery(pkce(), { id_token_hint: mine.id_token });
    const begun = locationOf(await authorize(gateway, query, theirs.cookie));
    expect(begun.pathname).toBe("/login");
    const browser = pageBrowser(gateway);
    browser.jar.set("doorstep", theirs.cookie);
    const page = await browser.open(begun.pathname + begun.search);
    expect([page.status, page.html]).toEqual([200, expect.stringContaining('name="phone"')]);
  });

  test("is in no address after a form of another site, and counts all the same", async () => {
    const { gateway, mine, theirs } = await twoCustomers();
    const post = async (id_token_hint: string) => {
      const query = authorizeQuery(pkce(), { prompt: "none", id_token_hint });
      return locationOf(await sendForm(gateway, "/auth/authorize", String(query)));
    };
    for (const [hint, answer] of [
      [mine.id_token, { error: "login_required" }],
      [theirs.id_token, { code: expect.stringMatching(/^dsa_/) }],
      ["no-token", { error: "login_required" }],
    ] as const) {
      const again = await post(hint);
      expect(again.pathname).toBe("/auth/authorize");
      for (const part of hint.split(".")) expect(again.search).not.toContain(`=${part}`);
      expect(again.search).not.toContain(hint);
      const to = locationOf(await authorize(gateway, again.search.slice(1), theirs.cookie));
      expect(Object.fromEntries(to.searchParams)).toMatchObject(answer);
    }
    const twice = `${authorizeQuery(pkce())}&id_token_hint=a.b.c&id_token_hint=d.e.f`;
    const again = locationOf(await sendForm(gateway, "/auth/authorize", twice));
    expect(again.search).not.toMatch(/a\.b\.c|d\.e\.f/);
    const told = locationOf(await authorize(gateway, again.search.slice(1), theirs.cookie));
    expect(told.searchParams.get("error")).toBe("invalid_request");
  });

  test("is in no address, as the phone of login_hint is not, which fills the field all the same", async () => {
    const { gateway } = await twoCustomers();
    const browser = pageBrowser(gateway);
    const query = `${authorizeQuery(pkce())}&login_hint=${MINE}`;
    const again = locationOf(await sendForm(gateway, "/auth/authorize", query));
    const page = await browser.open(again.pathname + again.search);
    expect(page.html).toContain(`value="${MINE}"`);
    const addresses = page.hops.map(({ headers }) => headers.get("location"));
    expect([again.search, ...addresses].join(" ")).not.toContain(MINE);
    const twice = `${authorizeQuery(pkce())}&login_hint=${MINE}&login_hint=${THEIRS}`;
    const told = locationOf(await sendForm(gateway, "/auth/authorize", twice));
    expect(told.search).not.toMatch(/9876500/);
    const refused = locationOf(await authorize(gateway, told.search.slice(1)));
    expect(refused.searchParams.get("error")).toBe("invalid_request");
  });

  test("tells no reader of an old log the phone of login_hint, in an address of the reader's own", async () => {
    const { gateway } = await twoCustomers();
    const query = `${authorizeQuery(pkce())}&login_hint=${MINE}`;
    const logged = locationOf(await sendForm(gateway, "/auth/authorize", query)).searchParams;
    const shown = async () => {
      const login_hint = logged.get("login_hint") ?? "";
      const fresh = authorizeQuery(pkce(), { login_hint });
      return (await pageBrowser(gateway).open(`/auth/authorize?${fresh}`)).html;
    };
    expect(await shown()).toContain(`value="${MINE}"`);
    gateway.clock.advance(3_600_000);
    const later = await shown();
    expect(later).toContain('name="phone"');
    expect(later).not.toContain(MINE);
  });
});
