import { expect, it } from "vitest";
import { AUTHJS_CALLBACK, shopWithAuthjs } from "../../support/clients/authjs.ts";
import {
  authorize,
  locationOf,
  OAUTH_PHONE,
  oauthGateway,
  pageLogin,
  SECRET,
  serviceClient,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import { PUBLIC_URL } from "../../support/gateway/test-gateway.ts";

it("Auth.js logs a customer in: discovery, PKCE, state and nonce, and a client secret with every letter", async () => {
  const env = withClients(serviceClient({ redirect_uris: [AUTHJS_CALLBACK] }));
  const test = await oauthGateway({ env, clock: { now: () => Date.now(), advance: () => {} } });
  const { cookie } = await pageLogin(test);
  const asked: string[] = [];
  const session = await shopWithAuthjs({
    issuer: PUBLIC_URL,
    secret: SECRET,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      asked.push(new URL(request.url).pathname);
      request.headers.set("host", new URL(request.url).host);
      return test.app.request(request);
    },
    async signIn({ search, searchParams }) {
      for (const name of ["state", "nonce", "code_challenge"]) {
        expect(searchParams.get(name), name).not.toBeNull();
      }
      return locationOf(await authorize(test, search.slice(1), cookie));
    },
  });
  expect(session).toMatchObject({ user: { name: "Asha Rao" }, phone: `+91${OAUTH_PHONE}` });
  expect(new Set(asked)).toEqual(new Set(["/.well-known/openid-configuration", "/auth/token"]));
});
