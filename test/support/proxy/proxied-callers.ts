import type { CustomerId, SessionId, UserId } from "../../../src/core/ids.ts";
import type { Role, StaffRole } from "../../../src/core/roles.ts";
import type { ProblemCode } from "../../../src/http/problems/problems.ts";
import { createAccessTokens } from "../../../src/tokens/access-tokens.ts";
import { CLAIMS_OF } from "../legacy-backend/callers.ts";
import { type Asked, type Got, logInCustomer, type ProxiedPlace } from "./proxied-world.ts";

/** Somebody at the door, by what `Authorization` says; null: nothing. */
export interface Caller {
  readonly authorization: string | null;
}

/** Who is let in by the policy alone: the customer c-1 by a login, staff by the backend's tokens. */
export const members = async (world: ProxiedPlace): Promise<Record<Role, Caller>> => ({
  customer: bearing(await logInCustomer(world.test)),
  admin: await member(world, "admin"),
  marketing_staff: await member(world, "marketing_staff"),
  delivery_boy: await member(world, "delivery_boy"),
  supplier: await member(world, "supplier"),
});

/** Somebody of the staff, as the backend's own login lets them in. */
export async function member({ backend }: ProxiedPlace, role: StaffRole): Promise<Caller> {
  const exp = Math.floor(Date.now() / 1000) + 86_400;
  return bearing(await backend.token({ ...CLAIMS_OF[role], exp }));
}

export interface Stranger extends Caller {
  readonly name: string;
  /** Why nothing but a public route lets them in. */
  readonly code: ProblemCode;
}

/** Who shows no token, or one that is not good. */
export async function strangers({ backend, test }: ProxiedPlace): Promise<readonly Stranger[]> {
  const now = Math.floor(Date.now() / 1000);
  const { admin, customer } = CLAIMS_OF;
  const legacy = async (claims: object) => bearing(await backend.token({ ...claims }));
  const invalid = async (name: string, claims: object): Promise<Stranger> => ({
    name,
    code: "token-invalid",
    ...(await legacy(claims)),
  });
  const { authorization: good } = await legacy({ ...admin, exp: now + 3600 });
  return [
    { name: "nobody", code: "token-missing", authorization: null },
    { name: "an expired customer", code: "token-expired", ...bearing(await expiredToken(test)) },
    {
      name: "an expired admin",
      code: "token-expired",
      ...(await legacy({ ...admin, exp: now - 1 })),
    },
    await invalid("a customer by the backend's token", { ...customer, exp: now + 3600 }),
    await invalid("an inactive admin", { ...admin, sub: "u-inactive", exp: now + 3600 }),
    await invalid("an admin for ever", admin),
    await invalid("an admin minted here", { ...admin, exp: now + 300, iss: test.site.issuer }),
    await invalid("a promoted supplier", { sub: "u-supplier", role: "admin", exp: now + 3600 }),
    { name: "an invention", code: "token-invalid", ...bearing("eyJhbGciOiJub25lIn0.e30.") },
    { name: "another scheme", code: "token-invalid", authorization: "Basic dS1hZG1pbjp4" },
    { name: "two schemes", code: "token-invalid", authorization: `Basic x, ${good}` },
  ];
}

const bearing = (token: string): Caller => ({ authorization: `Bearer ${token}` });

/** By the gateway's own key, an hour ago. */
async function expiredToken({ settings }: ProxiedPlace["test"]): Promise<string> {
  const { privateJwks } = settings.keys;
  if (privateJwks === null) throw new Error("no keys");
  const then = () => Date.now() - 3_600_000;
  const tokens = await createAccessTokens({ ...settings.accessTokens, privateJwks, now: then });
  const { token } = await tokens.issue({
    sub: "u-1" as UserId,
    client_id: "doorstep",
    customer_v2_id: "c-1" as CustomerId,
    role: "customer",
    sid: "session-1" as SessionId,
    auth_time: Math.floor(then() / 1000),
    amr: ["otp", "sms"],
  });
  return token;
}

/** Asks as the holder of a token; null: as nobody. */
export const askAs = (
  place: ProxiedPlace,
  authorization: string | null,
  asked: Asked,
): Promise<Got> =>
  place.ask({
    ...asked,
    headers: [
      ...(authorization === null ? [] : [["authorization", authorization] as const]),
      ...(asked.headers ?? []),
    ],
  });
