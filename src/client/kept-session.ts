import { DoorstepError } from "./doorstep-error.ts";
import { postToGateway } from "./post-to-gateway.ts";
import { type KeptTokens, keptTokens, readTokens, type TokenAnswer } from "./token-set.ts";
import type { TokenStorage } from "./token-storage.ts";

/** The tokens of this page, or of all tabs that share the storage. */
export interface KeptSession {
  read(): Promise<KeptTokens | null>;
  /** Keeps the tokens of a login, and ends the session that was here before. */
  adopt(tokens: KeptTokens): Promise<void>;
  /** Tokens that are not due. Where a refresh fails for now: those that there are. */
  fresh(): Promise<KeptTokens | null>;
  /**
   * Newer tokens than the one that was used. @returns null: the session is over
   * @throws DoorstepError where the gateway gave no answer
   */
  refreshed(used: string): Promise<KeptTokens | null>;
  /** Takes the tokens from the storage. The gateway is not told. */
  take(): Promise<KeptTokens | null>;
  /** Takes the tokens and ends the session. @returns whether the gateway knows */
  end(): Promise<boolean>;
}

/**
 * Seconds for an answer, below REFRESH_GRACE. In a browser without Web Locks two tabs can send one
 * refresh token; the gateway gives both the same answer while the first is not older than that.
 */
const WITHIN = 8;

/**
 * @param name of the value in the storage, and of the lock
 * @param changed is called after this page changed the session
 */
export function keepSession(
  url: string,
  name: string,
  opened: Promise<TokenStorage>,
  changed: (because?: DoorstepError) => void,
): KeptSession {
  let flight: Promise<KeptTokens | null> | null = null;

  const read = async () => readTokens(await (await opened).getItem(name));
  const write = async (tokens: KeptTokens | null, because?: DoorstepError) => {
    const storage = await opened;
    await (tokens ? storage.setItem(name, JSON.stringify(tokens)) : storage.removeItem(name));
    changed(because);
  };
  // Under the lock: a refresh of another tab must not store its tokens after a log-out or a login.
  const replace = (next: KeptTokens | null) =>
    alone(name, async () => {
      const former = await read();
      await write(next);
      return former;
    });

  async function turn(used: string): Promise<KeptTokens | null> {
    const held = await read();
    // Another tab was quicker, or signed out.
    if (held?.access_token !== used) return held;
    const answer = await askToRefresh(url, held);
    const now = await read();
    // Without Web Locks, a login or a log-out that came meanwhile stays.
    if (now?.refresh_token !== held.refresh_token) return now;
    // Stored before its first use: if the page dies here, the old token gets the same answer again.
    await (answer instanceof DoorstepError ? write(null, answer) : write(answer));
    return read();
  }

  function refreshed(used: string): Promise<KeptTokens | null> {
    const done = () => {
      flight = null;
    };
    if (flight === null) {
      flight = alone(name, () => turn(used));
      flight.then(done, done);
    }
    return flight;
  }

  return {
    read,
    refreshed,
    adopt: async (tokens) => void ended(url, await replace(tokens)),
    async fresh() {
      const held = await read();
      if (!held || Date.now() < held.refreshAt) return held;
      return refreshed(held.access_token).catch(() => held);
    },
    take: () => replace(null),
    end: async () => ended(url, await replace(null)),
  };
}

/** Ends the tokens' session at the gateway (RFC 7009). @returns whether the gateway knows */
async function ended(url: string, held: KeptTokens | null): Promise<boolean> {
  if (!held) return true;
  const { client_id, refresh_token: token } = held;
  return postToGateway(`${url}/auth/revoke`, { token, client_id }, "form", WITHIN).then(
    () => true,
    () => false,
  );
}

/** @returns the error where the gateway ended the session; throws where there is no such answer */
async function askToRefresh(url: string, held: KeptTokens): Promise<KeptTokens | DoorstepError> {
  const { client_id, refresh_token } = held;
  const asked = { grant_type: "refresh_token", refresh_token, client_id };
  try {
    const answer = await postToGateway<TokenAnswer>(`${url}/auth/token`, asked, "form", WITHIN);
    return keptTokens(answer, client_id, held);
  } catch (error) {
    const isOver = error instanceof DoorstepError && error.status === 400;
    if (isOver && error.code !== "offline") return error;
    throw error;
  }
}

/** Runs the work while no other tab does. */
async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  let begun = false;
  const begin = () => {
    begun = true;
    return work();
  };
  try {
    return await navigator.locks.request(name, begin);
  } catch (error) {
    if (begun) throw error;
    // No Web Locks: an old browser, a page without TLS, blocked storage.
    return begin();
  }
}
