import { SecureStorage } from "@aparajita/capacitor-secure-storage";
import { App } from "@capacitor/app";
import { Browser } from "@capacitor/browser";
import { createDoorstep } from "doorstep/client";

/** PUBLIC_URL of the gateway. */
export const GATEWAY = "https://login.example.com";
/** A redirect URI of the client `mobile`: a private-use scheme (RFC 8252 section 7.1). */
const REDIRECT = "com.example.app:/login";

/**
 * The login page runs in the system's browser, where this app cannot read along, and where the
 * customer may be signed in already. Tokens are in the Keychain or behind the Keystore, never in the
 * WebView's storage, which backups copy.
 */
export const doorstep = createDoorstep({
  url: GATEWAY,
  clientId: "mobile",
  redirectUri: REDIRECT,
  storage: SecureStorage,
  open: (url) => Browser.open({ url }),
});

/**
 * Answers of the login page. Another app can send such an address too: the module takes it only with
 * the `state` that this app made, from this gateway, and the code only works with the verifier here.
 *
 * @param onDone called with null, or with the DoorstepError
 * @returns stops listening
 */
export function listenForAnswers(onDone) {
  const listening = App.addListener("appUrlOpen", async ({ url }) => {
    if (!url.startsWith(`${REDIRECT}?`)) return;
    // Android closes the browser by itself, and refuses this call.
    await Browser.close().catch(() => undefined);
    await doorstep.finishSignIn(url).then(() => onDone(null), onDone);
  });
  return () => listening.then((handle) => handle.remove());
}
