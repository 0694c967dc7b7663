import { expect } from "vitest";
import { type AdmissionFailure, admitCaller } from "../../../src/flows/sessions/admit-caller.ts";
import type { Admitted } from "../../../src/flows/sessions/admitted.ts";
import { customer, user } from "../../cases-extra/people.ts";
import { logIn } from "../../support/gateway/client.ts";
import { ofStores, recorder } from "../../support/gateway/recorder.ts";
import { START, type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { compact, withSecret } from "../../support/proxy/forge-token.ts";

export const PHONE = "9876500001";
const SECRET = "a-secret-of-the-backend-of-more-than-32-bytes";
export const MINUTE = 60_000;
export const env = {
  LEGACY_JWT_SECRET: SECRET,
  OTP_SENDS_PER_PHONE: "1000/1h",
  ACCESS_TOKEN_TTL: "60m",
};
export const documents = {
  customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
  users: [user("u-1", { customer_v2_id: "c-1", phone: PHONE })],
};

/** A logged-in customer, and what the stores were asked since the login. */
export async function withSession(more: Parameters<typeof testGateway>[0] = {}) {
  const ports = recorder();
  const gateway = await testGateway({ env, documents, ...ports.options, ...more });
  const login = (await logIn(gateway, PHONE)).body;
  await gateway.runtime.settle();
  ports.take();
  const asked = () => ofStores(ports.take()).map(({ method, port }) => `${port}.${method}`);
  return { asked, gateway, login, token: login.access_token as string };
}

export async function admitted(gateway: TestGateway, token: string): Promise<Admitted> {
  const result = await admitCaller(gateway.gateway, token);
  if (!result.ok) throw new Error(result.failure.reason);
  return result.value;
}

export async function expectRefused(
  gateway: TestGateway,
  token: string | undefined,
  reason: AdmissionFailure["reason"],
): Promise<void> {
  expect(await admitCaller(gateway.gateway, token)).toEqual({ ok: false, failure: { reason } });
}

/** The gateway's tokens, with each signature that is checked or made counted. */
export function countSignatures({ gateway }: TestGateway) {
  const counts = { verified: 0, minted: 0 };
  const { legacyTokens, tokens } = gateway;
  if (legacyTokens === null) throw new Error("no legacy tokens");
  const counted = {
    ...gateway,
    tokens: {
      ...tokens,
      verify: (token: string) => {
        counts.verified++;
        return tokens.verify(token);
      },
    },
    legacyTokens: {
      ...legacyTokens,
      mint: (claims: Parameters<typeof legacyTokens.mint>[0]) => {
        counts.minted++;
        return legacyTokens.mint(claims);
      },
    },
  };
  return { counts, counted };
}

export const HOUR = 3600;
/** A staff member's token as the backend makes it. */
export const staffToken = (more: object, secret = SECRET) =>
  compact(
    { alg: "HS256", typ: "JWT" },
    { sub: "admin-001", role: "admin", exp: START / 1000 + 24 * HOUR, ...more },
    withSecret(secret),
  );
export const staff = user("admin-001", { role: "admin", email: "admin@earlybird.com" });
