import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";

/** Node's two ends of one exchange with a client. */
export interface Bindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** @param platform the value of @hono/node-server; throws TypeError for any other */
export function bindingsOf(platform: unknown): Bindings {
  const { incoming, outgoing } = (platform ?? {}) as Partial<HttpBindings>;
  // HTTP/2 is not supported: the runtime's server is node:http.
  if (incoming !== undefined && outgoing !== undefined && "writeProcessing" in outgoing) {
    return { incoming: incoming as IncomingMessage, outgoing: outgoing as ServerResponse };
  }
  throw new TypeError("the undici upstream writes into Node's response, and there is none");
}
