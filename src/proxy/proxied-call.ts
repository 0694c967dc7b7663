import type { ClientSource } from "../core/address/client-source.ts";
import { bearerTokenOf } from "../core/secrets/bearer-token.ts";
import type { ClientExchange, HeaderList } from "../ports/upstream.ts";
import type { ClientBody } from "./wire/bounded-body.ts";
import type { canonicalTarget } from "./wire/canonical-target.ts";

/** One request that is not for the gateway itself. */
export interface ProxiedCall {
  readonly client: ClientExchange;
  readonly method: string;
  readonly body: ClientBody;
  /** Its URL in canonical form, which is matched and forwarded. */
  readonly target: ReturnType<typeof canonicalTarget>;
  /**
   * The original head: names in lower case, repeated where they were. All code reads this list,
   * because `Headers` joins repeated fields and is built anew for each request.
   */
  readonly fields: HeaderList;
  /** The client's one address, for the backend. */
  readonly address: string;
  /** The client's source for limits. */
  readonly source: ClientSource;
  readonly requestId: string;
  /** The body under which an error of the backend's goes on that no rule can judge. */
  upstreamProblem(status: number): string;
}

/** The value of a field that may occur once; null where it is missing or repeated. */
export function headerOf({ fields }: Pick<ProxiedCall, "fields">, wanted: string): string | null {
  let value: string | null = null;
  for (const field of fields) {
    if (field[0] !== wanted) continue;
    if (value !== null) return null;
    value = field[1];
  }
  return value;
}

/**
 * The token of `Authorization: Bearer`: undefined without such a field; null for any other value
 * and for a repeated field, of which the backend would take the first (LEGACY 6).
 */
export function bearerOf(call: Pick<ProxiedCall, "fields">): string | null | undefined {
  if (!call.fields.some(([name]) => name === "authorization")) return undefined;
  return bearerTokenOf(headerOf(call, "authorization") ?? "") ?? null;
}
