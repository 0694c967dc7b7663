import { bearerFetch } from "./bearer-fetch.ts";
import {
  type CodeLogin,
  type CodeLogins,
  type CodeOptions,
  codeLogins,
  type OfferedCustomers,
  type SentCode,
} from "./code-login.ts";
import { type DoorstepCode, DoorstepError } from "./doorstep-error.ts";
import { keepSession } from "./kept-session.ts";
import type { RedirectClient } from "./redirect-flow.ts";
import {
  type RedirectLogins,
  redirectLogins,
  type SignInOptions,
  sendForm,
} from "./redirect-login.ts";
import { tellTabs } from "./tell-tabs.ts";
import { personIn, type SignedInPerson } from "./token-set.ts";
import {
  openStorage,
  type PageStorage,
  type StorageKind,
  type TokenStorage,
} from "./token-storage.ts";
import { listenForCode } from "./web-otp.ts";

export type {
  CodeLogin,
  CodeOptions,
  DoorstepCode,
  OfferedCustomers,
  SentCode,
  SignedInPerson,
  SignInOptions,
  StorageKind,
  TokenStorage,
};
// The names of the package's one entry (package.json, `exports`).
export { DoorstepError, listenForCode };

export interface DoorstepOptions {
  /** PUBLIC_URL of the gateway. */
  readonly url: string;
  /** Where tokens are kept. Each choice has its risk: docs/clients/doorstep-client.md. */
  readonly storage: StorageKind | TokenStorage;
  /** Origins that `fetch` shows the access token to, besides the gateway's own. */
  readonly origins?: readonly string[];
  /** For `signIn`: the client's name in OAUTH_CLIENTS. */
  readonly clientId?: string;
  /** For `signIn`: a redirect URI of that client. */
  readonly redirectUri?: string;
  /** For `signIn`; by default `openid profile`. */
  readonly scope?: string;
  /** JWT_ISSUER, where it is not `url`. */
  readonly issuer?: string;
  /** Opens the login page; by default this tab goes there. An app opens the system's browser. */
  readonly open?: (address: string) => unknown;
}

/** @param because where the gateway ended the session */
export type SessionListener = (signedIn: SignedInPerson | null, because?: DoorstepError) => void;

/** A call of the gateway fails with a `DoorstepError`; `fetch` fails as the browser's does. */
export interface Doorstep extends CodeLogins, RedirectLogins {
  current(): Promise<SignedInPerson | null>;
  /** Null where nobody is signed in. */
  accessToken(): Promise<string | null>;
  /** `fetch` with the access token, for the gateway's own origin and `origins`. */
  readonly fetch: typeof fetch;
  /**
   * Ends the session, here, in all tabs and at the gateway.
   * @returns whether the gateway knows; offline, the session there lives on until it is idle
   */
  signOut(): Promise<boolean>;
  /**
   * Signs out of the login page too, and so of the apps that this browser let in, and goes there.
   * @param returnTo one of the client's `post_logout_redirect_uris`
   */
  signOutAtPage(returnTo?: string): Promise<void>;
  /** @returns stops the calls */
  onChange(listener: SessionListener): () => void;
}

/** One client of the gateway. Make it once for a page. */
export function createDoorstep(options: DoorstepOptions): Doorstep {
  const { clientId = "", origins = [], storage } = options;
  const url = options.url.replace(/\/$/, "");
  const name = `doorstep ${clientId}@${url}`;
  const listeners = new Set<SessionListener>();
  const opened: Promise<TokenStorage & Partial<PageStorage>> =
    typeof storage === "string" ? openStorage(storage, name) : Promise.resolve(storage);
  const changed = async (because?: DoorstepError) => {
    const signedIn = await current();
    for (const listener of listeners) listener(signedIn, because);
  };
  const session = keepSession(url, name, opened, changed);
  const tabs = tellTabs(name, changed, async () => {
    const { isOwn } = await opened;
    // In a shared storage the session is gone already, and the next one may be there.
    await (isOwn?.(name) ? session.end() : changed());
  });

  async function current(): Promise<SignedInPerson | null> {
    const held = await session.read();
    return held && personIn(held);
  }

  return {
    ...codeLogins(url, `${name}:device`, opened, session),
    ...redirectLogins(url, name, redirectClient(options, url), session),
    current,
    fetch: bearerFetch([new URL(url).origin, ...origins], session),
    accessToken: async () => (await session.fresh())?.access_token || null,
    async signOut() {
      const isKnown = await session.end();
      tabs.signedOut();
      return isKnown;
    },
    async signOutAtPage(returnTo = "") {
      const hint = (await session.read())?.id_token;
      // Without a hint the page does not know which session this app has.
      await (hint ? session.take() : session.end());
      tabs.signedOut();
      sendForm(`${url}/auth/end-session`, {
        client_id: clientId,
        id_token_hint: hint,
        post_logout_redirect_uri: returnTo,
      });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const redirectClient = (options: DoorstepOptions, url: string): RedirectClient => ({
  clientId: options.clientId || "",
  redirectUri: options.redirectUri || "",
  scope: options.scope || "openid profile",
  issuer: options.issuer || url,
  open: options.open || ((address) => location.assign(address)),
});
