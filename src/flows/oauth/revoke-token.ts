import type { FailureOf } from "../../core/failure.ts";
import { ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { logOut } from "../sessions/end-sessions.ts";
import { readToken } from "./read-token.ts";

type RevokePorts = Pick<
  Gateway,
  "audit" | "keyring" | "process" | "rules" | "runtime" | "state" | "tokens"
>;

/**
 * Ends the session of a client's own token, a refresh token or an access token (RFC 7009). A token
 * of another client, and a text that is no token, change nothing and are told as done: the client
 * learns nothing about them.
 */
export async function revokeToken(
  gateway: RevokePorts,
  clientId: string,
  token: string,
): Promise<Result<void, FailureOf<"rate-limited">>> {
  const read = await readToken(gateway, token);
  return read?.session.clientId === clientId ? logOut(gateway, read) : ok(undefined);
}
