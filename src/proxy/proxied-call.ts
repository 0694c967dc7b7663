import { bearerTokenOf } from "../core/secrets/bearer-token.ts";
import type { ClientExchange, HeaderList } from "../ports/upstream.ts";
import type { canonicalTarget } from "./wire/canonical-target.ts";

/** One request that is not for the gateway itself. */
export interface ProxiedCall {
  readonly client: ClientExchange;
  /** Its URL, once canonicalised: what is matched and what is forwarded. */
  readonly target: ReturnType<typeof canonicalTarget>;
  /**
   * The head as it came: names in lower case, one that stood there several times as often. All is
   * read from here, because `Headers` joins what stood apart and is built anew for each request.
   */
  readonly fields: HeaderList;
  /** The client: one address, for the backend to know. */
  readonly address: string;
  /** What limits count it by. */
  readonly countedAs: string;
  readonly requestId: string;
  /** The body under which an error of the backend's goes on that no rule can judge. */
  upstreamProblem(status: number): string;
}

/** The value of a field that may stand once; null where it is missing or stands several times. */
export function headerOf({ fields }: Pick<ProxiedCall, "fields">, wanted: string): string | null {
  const [field, ...more] = fields.filter(([name]) => name === wanted);
  return field === undefined || more.length > 0 ? null : field[1];
}

/**
 * The token of `Authorization: Bearer`: undefined where there is no such field, null where it holds
 * anything else or stands twice, of which the backend would take the first (LEGACY 6).
 */
export function bearerOf(call: Pick<ProxiedCall, "fields">): string | null | undefined {
  if (!call.fields.some(([name]) => name === "authorization")) return undefined;
  return bearerTokenOf(headerOf(call, "authorization") ?? "") ?? null;
}
