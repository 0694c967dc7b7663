import { bearer, call } from "./client.ts";
import { codeFor, oauthGateway, pageLogin, pkce } from "./oauth-client.ts";
import type { TestGateway } from "./test-gateway.ts";

/** A customer who is signed in at the page, and a code that the shop got. */
export async function shopHasCode(test?: TestGateway) {
  const gateway = test ?? (await oauthGateway());
  const { cookie, page } = await pageLogin(gateway);
  const proof = pkce();
  return { gateway, cookie, page, proof, code: await codeFor(gateway, cookie, proof) };
}

/** Asks who the holder of the access token is. */
export const me = (gateway: TestGateway, token: string) =>
  call(gateway, "GET", "/auth/me", undefined, bearer(token));

/** The clients of the user's sessions. */
export const clientsOf = async (
  gateway: TestGateway,
  token: string,
): Promise<readonly string[]> => {
  const { body } = await call(gateway, "GET", "/auth/sessions", undefined, bearer(token));
  return body.sessions.map(({ client_id }: { client_id: string }) => client_id);
};
