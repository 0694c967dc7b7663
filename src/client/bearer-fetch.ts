import type { KeptSession } from "./kept-session.ts";

/**
 * `fetch` with the access token. A token that is due is refreshed before; a 401 refreshes once and
 * sends the request once more.
 *
 * Only the given origins get the token: an address often comes from data, and a foreign server could
 * use the token.
 */
export function bearerFetch(
  origins: readonly string[],
  { fresh, refreshed }: Pick<KeptSession, "fresh" | "refreshed">,
): typeof fetch {
  /** A new token that got 401 too: the reason is another one, and a refresh for each call is none. */
  let vain = "";
  return async (input, init) => {
    const request = new Request(input, init);
    const held = origins.includes(new URL(request.url).origin) ? await fresh() : null;
    if (!held) return fetch(request);
    const send = (token: string) => {
      const copy = request.clone();
      copy.headers.set("Authorization", `Bearer ${token}`);
      return fetch(copy);
    };
    const answer = await send(held.access_token);
    if (answer.status !== 401 || held.access_token === vain) return answer;
    const next = await refreshed(held.access_token);
    if (!next) return answer;
    const again = await send(next.access_token);
    if (again.status === 401) vain = next.access_token;
    return again;
  };
}
