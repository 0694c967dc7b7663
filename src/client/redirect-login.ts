import type { KeptSession } from "./kept-session.ts";
import { beginRedirect, endRedirect, ownAddress, type RedirectClient } from "./redirect-flow.ts";
import { keptTokens, personIn, type SignedInPerson } from "./token-set.ts";

export interface SignInOptions {
  /** Where to go after the login, on this page's origin; by default back here. */
  readonly returnTo?: string;
  /** `login`: asks for a code even where the browser is signed in at the login page. */
  readonly prompt?: "login" | "none";
  /** Languages of the page. */
  readonly ui_locales?: string;
}

export interface RedirectLogins {
  /** Goes to the login page. */
  signIn(options?: SignInOptions): Promise<void>;
  /**
   * The way back, at `redirectUri`. The code leaves the address bar at once.
   * @param address by default this page's
   */
  finishSignIn(address?: string): Promise<SignedInPerson & { readonly returnTo: string }>;
}

export function redirectLogins(
  url: string,
  name: string,
  client: RedirectClient,
  { adopt }: Pick<KeptSession, "adopt">,
): RedirectLogins {
  const key = `${name}:flow`;
  return {
    async signIn({ returnTo = location.href, ...more } = {}) {
      await client.open(await beginRedirect(url, key, client, ownAddress(returnTo), more));
    },
    async finishSignIn(address = location.href) {
      const { searchParams } = new URL(address);
      if (address === location.href) history.replaceState(null, "", location.pathname);
      const { answer, returnTo } = await endRedirect(url, key, client, searchParams);
      await adopt(keptTokens(answer, client.clientId));
      return { ...personIn(answer), returnTo };
    },
  };
}

/** Sends the browser by a form: an ID token in an address would get into logs and histories. */
export function sendForm(action: string, fields: Readonly<Record<string, string | undefined>>) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value || "";
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}
