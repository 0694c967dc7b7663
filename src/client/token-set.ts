/** The user and the customer who are signed in. */
export interface SignedInPerson {
  readonly user: { readonly id: string; readonly name: string; readonly role: "customer" };
  readonly customer: {
    readonly id: string;
    readonly name: string;
    readonly status: "trial" | "active" | "paused" | null;
  } | null;
}

/** A token response of the gateway (docs/api.md). */
export interface TokenAnswer extends SignedInPerson {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly id_token?: string;
  readonly device_token?: string;
  readonly first_login?: boolean;
}

/** What is kept of it. */
export interface KeptTokens extends SignedInPerson {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string | undefined;
  /** The client that the tokens are for; undefined: a direct login. */
  readonly client_id: string | undefined;
  /** Epoch ms of this device's clock, with a tenth of the life left. */
  readonly refreshAt: number;
}

/** Of a token response or of kept tokens, without the secrets. */
export const personIn = ({ customer, user }: SignedInPerson): SignedInPerson => ({
  user,
  customer,
});

export function keptTokens(
  { access_token, customer, expires_in, id_token, refresh_token, user }: TokenAnswer,
  client_id: string | undefined,
  former?: KeptTokens,
): KeptTokens {
  const refreshAt = Date.now() + expires_in * 900;
  const idToken = id_token || former?.id_token;
  return { access_token, refresh_token, id_token: idToken, client_id, refreshAt, user, customer };
}

/**
 * Reads tokens as they were stored. Any script of this origin can write there: what has another form
 * counts as nothing, so that a damaged value cannot stop the page.
 */
export function readTokens(text: string | null): KeptTokens | null {
  try {
    const read = JSON.parse(text || "");
    const isWhole =
      isToken(read.access_token) &&
      isToken(read.refresh_token) &&
      read.refreshAt > 0 &&
      read.user.id;
    return isWhole ? read : null;
  } catch {
    return null;
  }
}

/** The letters of RFC 6750: with any other, the value of a header could end early. */
const isToken = (text: unknown): boolean => /^[\w.~+/-]+=*$/.test(String(text));
