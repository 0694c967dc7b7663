import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askBackend } from "../../support/legacy-backend/callers.ts";
import { type LegacyBackend, startLegacyBackend } from "../../support/legacy-backend/start.ts";
import { compact, withNothing, withSecret } from "../../support/proxy/forge-token.ts";

const CLAIMS = { sub: "u-1", role: "customer" };
const HS256 = { alg: "HS256", typ: "JWT" };
const now = () => Math.floor(Date.now() / 1000);

describe("the tokens that the stand-in takes", () => {
  let backend: LegacyBackend;
  beforeAll(async () => {
    backend = await startLegacyBackend({ secret: "sécret of raw UTF-8 bytes, long enough" });
  });
  afterAll(() => backend.stop());

  const sign = (claims: object, header: object = HS256) =>
    compact(header, claims, withSecret(backend.secret));
  const show = async (...authorization: readonly string[]) => {
    const headers = authorization.flatMap((value) => ["Authorization", value]);
    const { status, text } = await askBackend(backend, "GET /api/orders/", { headers });
    return [status, JSON.parse(text).detail];
  };
  const bearer = (claims: object) => show(`Bearer ${sign(claims)}`);
  const BAD = [401, "Could not validate credentials"];
  const FINE = [200, undefined];

  it.each<[string, () => object]>([
    ["no exp at all", () => CLAIMS],
    ["an exp ahead", () => ({ ...CLAIMS, exp: now() + 60 })],
    ["any iss", () => ({ ...CLAIMS, iss: "https://anybody.example" })],
    ["a jti that is a string", () => ({ ...CLAIMS, jti: "1" })],
    ["an iat ahead", () => ({ ...CLAIMS, iat: now() + 3600 })],
    ["an nbf that has come", () => ({ ...CLAIMS, nbf: now() - 1 })],
    ["claims that nobody knows", () => ({ ...CLAIMS, customer_v2_id: "c-404", sid: "x" })],
  ])("the tokens that the stand-in takes may have %s", async (_, claims) => {
    expect(await bearer(claims())).toEqual(FINE);
  });

  it.each<[string, () => object]>([
    ["an exp that has passed, by however little", () => ({ ...CLAIMS, exp: now() - 1 })],
    ["any aud", () => ({ ...CLAIMS, aud: "earlybird" })],
    ["an nbf ahead", () => ({ ...CLAIMS, nbf: now() + 60 })],
    ["an iat that is no integer", () => ({ ...CLAIMS, iat: now() + 0.5 })],
    ["an iat that is text", () => ({ ...CLAIMS, iat: String(now()) })],
    ["a jti that is a number", () => ({ ...CLAIMS, jti: 1 })],
    ["a sub that is a number", () => ({ ...CLAIMS, sub: 1 })],
    ["no sub", () => ({ role: "customer" })],
    ["no role", () => ({ sub: "u-1" })],
  ])("the tokens that the stand-in takes may not have %s", async (_, claims) => {
    expect(await bearer(claims())).toEqual(BAD);
  });

  it("the tokens that the stand-in takes are HS256 under the secret's UTF-8 bytes, and nothing else", async () => {
    const unsigned = compact({ alg: "none", typ: "JWT" }, CLAIMS, withNothing);
    const foreign = compact(HS256, CLAIMS, withSecret("another secret"));
    const latin1 = compact(HS256, CLAIMS, withSecret(Buffer.from(backend.secret, "latin1")));
    const hs512 = sign(CLAIMS, { alg: "HS512", typ: "JWT" });
    for (const token of [unsigned, foreign, latin1, hs512, "x.y.z", `${sign(CLAIMS)}x`]) {
      expect(await show(`Bearer ${token}`)).toEqual(BAD);
    }
  });

  it("the tokens that the stand-in takes are missing where the header is, or is of another scheme", async () => {
    const MISSING = [403, "Not authenticated"];
    expect(await show()).toEqual(MISSING);
    expect(await show("Basic dTpw")).toEqual(MISSING);
    expect(await show("Bearer ")).toEqual(MISSING);
    expect(await show(`bearer ${sign(CLAIMS)}`)).toEqual(FINE);
  });

  it("the tokens that the stand-in takes name a role letter by letter", async () => {
    for (const role of ["Customer", "customer ", "admin"]) {
      expect(await bearer({ ...CLAIMS, role })).toEqual([403, "Insufficient permissions"]);
    }
  });

  it("the tokens that the stand-in takes come in the first of two headers", async () => {
    const good = `Bearer ${sign(CLAIMS)}`;
    expect(await show(good, "Bearer bad")).toEqual(FINE);
    expect(await show("Bearer bad", good)).toEqual(BAD);
  });

  it("the tokens that the stand-in takes are recorded as their claims, and not where they are bad", async () => {
    await bearer({ ...CLAIMS, jti: "seen" });
    expect(backend.received.at(-1)?.claims).toEqual({ ...CLAIMS, jti: "seen" });
    await show("Bearer bad");
    expect(backend.received.at(-1)?.claims).toBeNull();
    expect(backend.received.at(-1)?.values("authorization")).toEqual(["Bearer bad"]);
  });

  it("the tokens that the stand-in takes are issued by the login with the claims of the backend, for a day", async () => {
    const body = { email: "customer1@example.com", password: "customer-1-password" };
    const { text } = await askBackend(backend, "POST /api/auth/login", { body });
    const { access_token, token_type } = JSON.parse(text);
    const [header, claims] = access_token
      .split(".")
      .slice(0, 2)
      .map((part: string) => JSON.parse(Buffer.from(part, "base64url").toString()));
    expect([header, token_type]).toEqual([HS256, "bearer"]);
    expect(Object.keys(claims)).toEqual(["sub", "email", "role", "customer_v2_id", "exp"]);
    expect(claims.exp - now()).toBeGreaterThan(24 * 3600 - 10);
    expect(await show(`Bearer ${access_token}`)).toEqual(FINE);
  });

  it("the tokens that the stand-in takes are not issued for a wrong password, nor for a user who has none", async () => {
    backend.data.users.push({ id: "u-x", email: "none@example.com", name: "X", role: "customer" });
    for (const email of ["customer1@example.com", "none@example.com", "nobody@example.com"]) {
      const body = { email, password: "undefined" };
      const { status } = await askBackend(backend, "POST /api/auth/login", { body });
      expect([email, status]).toEqual([email, 401]);
    }
    const asked = { body: { email: { $ne: null }, password: "x" } };
    expect((await askBackend(backend, "POST /api/auth/login", asked)).status).toBe(422);
  });
});
