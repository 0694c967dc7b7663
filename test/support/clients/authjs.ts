import { Auth, type AuthConfig, customFetch } from "@auth/core";
import { expect } from "vitest";

export interface AuthjsWorld {
  /** Of the gateway. */
  readonly issuer: string;
  readonly secret: string;
  /** How the shop's server asks the gateway. */
  readonly fetch: typeof fetch;
  /** A customer logs in at the page. @returns the URL that the browser opens at the end */
  signIn(url: URL): Promise<URL>;
}

export const AUTHJS_CALLBACK = "https://shop.example/auth/callback/doorstep";

const configFor = ({ issuer, secret, fetch }: AuthjsWorld): AuthConfig => ({
  providers: [
    {
      id: "doorstep",
      name: "Phone",
      type: "oidc",
      issuer,
      clientId: "service",
      clientSecret: secret,
      checks: ["pkce", "state", "nonce"],
      authorization: { params: { scope: "openid profile phone" } },
      profile: ({ sub, name, phone_number }) => ({ id: sub, name, phone: phone_number }),
      [customFetch]: fetch,
    },
  ],
  callbacks: {
    // The first call of a login has `account`; keep its tokens in the encrypted cookie.
    jwt: ({ token, account, profile }) =>
      account ? { ...token, phone: profile?.phone_number, refresh: account.refresh_token } : token,
    session: ({ session, token }) => ({ ...session, sub: token.sub, phone: token["phone"] }),
  },
  secret: "a secret of the shop's own, for its cookies",
  basePath: "/auth",
  trustHost: true,
});

/** The shop's server with Auth.js, and a browser that keeps its cookies. */
export async function shopWithAuthjs(world: AuthjsWorld): Promise<Record<string, unknown>> {
  const config = configFor(world);
  const jar = new Map<string, string>();
  const visit = async (path: string, form?: Record<string, string>): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const body = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
    const request = new Request(new URL(path, "https://shop.example"), {
      headers: { cookie },
      ...body,
    });
    const answer = await Auth(request, config);
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  };
  const { csrfToken } = (await (await visit("/auth/csrf")).json()) as { csrfToken: string };
  const begun = await visit("/auth/signin/doorstep", { csrfToken, callbackUrl: "/orders" });
  const back = await world.signIn(new URL(begun.headers.get("location") ?? ""));
  const done = await visit(back.pathname + back.search);
  expect(done.headers.get("location")).toBe("https://shop.example/orders");
  return (await (await visit("/auth/session")).json()) as Record<string, unknown>;
}
