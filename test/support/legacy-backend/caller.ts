import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";

/** Who a token says is calling. Nobody looks the user up: not even whether they are active. */
export interface Caller {
  readonly sub: string;
  readonly role: string;
  readonly claims: Readonly<JWTPayload>;
}

/** `missing` is answered with 403, `bad` with 401 (LEGACY 4). */
export type Identified = { readonly caller: Caller } | { readonly refused: "missing" | "bad" };

/** @param rawHeaders names and values in turn; of two Authorization headers the first is used */
export async function identify(rawHeaders: readonly string[], secret: string): Promise<Identified> {
  const [first = ""] = valuesOf(rawHeaders, "authorization");
  const [, token] = /^bearer +(\S.*)$/i.exec(first.trim()) ?? [];
  if (token === undefined) return { refused: "missing" };
  const claims = await verify(token, secret);
  return claims === null ? { refused: "bad" } : { caller: claims };
}

export const valuesOf = (rawHeaders: readonly string[], name: string): readonly string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);

/** `exp` may be absent, `iss` may be anything, `aud` must not be there. Leeway is 0. */
async function verify(token: string, secret: string): Promise<Caller | null> {
  try {
    const key = new TextEncoder().encode(secret);
    const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], clockTolerance: 0 });
    const { aud, iat, jti, sub } = payload;
    const role = payload["role"];
    if (aud !== undefined || typeof sub !== "string" || typeof role !== "string") return null;
    if (jti !== undefined && typeof jti !== "string") return null;
    if (iat !== undefined && !Number.isInteger(iat)) return null;
    return { sub, role, claims: payload };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}

const DAY_SECONDS = 24 * 60 * 60;

/** A token of any claims, signed as the backend signs; for tests too. */
export function signLegacyToken(claims: JWTPayload, secret: string): Promise<string> {
  const header = { alg: "HS256", typ: "JWT" };
  return new SignJWT(claims).setProtectedHeader(header).sign(new TextEncoder().encode(secret));
}

/** What the password login issues: no `iss`, no `iat`, no `jti` (LEGACY 4). */
export function loginClaims(user: Readonly<Record<string, unknown>>, nowMs: number): JWTPayload {
  const { customer_v2_id: customerId, email, id, role } = user;
  return {
    sub: String(id),
    email,
    role,
    ...(typeof customerId === "string" && { customer_v2_id: customerId }),
    exp: Math.floor(nowMs / 1000) + DAY_SECONDS,
  };
}
