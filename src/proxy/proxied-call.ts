import type { ClientExchange } from "../ports/upstream.ts";
import type { Fields } from "./header-rules.ts";

/** One request that is not for the gateway itself. */
export interface ProxiedCall {
  readonly client: ClientExchange;
  /** The head as it came, a name several times where it stood there several times. */
  readonly fields: Fields;
  /** The token of `Authorization: Bearer`; null where the header holds something else. */
  readonly bearer: string | null | undefined;
  /** The client: one address, for the backend to know. */
  readonly address: string;
  /** What limits count it by. */
  readonly countedAs: string;
  readonly requestId: string;
}
