import { invalid, json, notFound, wrongPassword } from "../answer.ts";
import { loginClaims, signLegacyToken } from "../caller.ts";
import { type Fields, findOne } from "../filter.ts";
import { HASH_MARK } from "../markers.ts";
import { anyToken, open, type Route } from "../route.ts";

export const AUTH_ROUTES: readonly Route[] = [
  // No rate limit, and `is_active` is not looked at; the whole document leaks with the answer.
  open(
    "POST /api/auth/login",
    async ({ body, data, secret }) => {
      const { email, password } = body;
      if (typeof email !== "string") return invalid("body", "email", "string_type");
      if (typeof password !== "string") return invalid("body", "password", "string_type");
      const user = findOne(data.users, { email });
      if (user === undefined || !isPassword(user, password)) return wrongPassword();
      const access_token = await signLegacyToken(loginClaims(user, Date.now()), secret);
      return json({ access_token, token_type: "bearer", user });
    },
    ["email", "password"],
  ),
  anyToken("GET /api/auth/me", ({ caller, data }) => {
    const user = findOne(data.users, { id: caller.sub });
    if (user === undefined) return notFound("User");
    const customerId = caller.claims["customer_v2_id"];
    if (customerId === undefined || customerId === null) return json(user);
    return json({ ...user, customer: findOne(data.customers_v2, { id: customerId }) ?? null });
  }),
];

/** A document without any password field logs nobody in. */
function isPassword(user: Fields, password: string): boolean {
  const hash = user["password_hash"] ?? user["password"];
  return hash === `${HASH_MARK}${password}`;
}
