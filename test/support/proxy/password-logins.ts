import type { Asked, Got, ProxiedWorld } from "./proxied-world.ts";

export const LOGIN = "/api/auth/login";
export const ADMIN = { email: "admin@example.com", password: "admin-password" };
/** The backend's own words. */
export const WRONG_PASSWORD = '{"detail":"Invalid email or password"}';

/** A password login through the proxy, from an address that a trusted proxy names. */
export const passwordLogIn = (
  world: ProxiedWorld,
  body: Asked["body"],
  address = "203.0.113.1",
): Promise<Got> =>
  world.ask({
    method: "POST",
    target: LOGIN,
    body: body ?? {},
    headers: [["x-forwarded-for", address]],
  });
