import { createDoorstep } from "doorstep/client";

/** PUBLIC_URL of the gateway. The build sets it where the app has an origin of its own. */
export const GATEWAY = import.meta.env?.VITE_GATEWAY ?? location.origin;

/** Customers: one session for all tabs. */
export const doorstep = createDoorstep({ url: GATEWAY, storage: "local" });

/** Staff's token, where it was. A customer's token of the old login is used here until it ends. */
export const OLD_TOKEN = "token";

/** Who is signed in; null: nobody. */
export async function currentUser() {
  const customer = await doorstep.current();
  if (customer !== null) return customer.user;
  return JSON.parse(localStorage.getItem("user") ?? "null");
}

/** Forgets a token that this module does not keep. */
export function forgetOldToken() {
  localStorage.removeItem(OLD_TOKEN);
  localStorage.removeItem("user");
}

/** The old app had no log-out call: the token was only forgotten. */
export async function logOut() {
  forgetOldToken();
  await doorstep.signOut();
}
