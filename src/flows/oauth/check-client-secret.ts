import type { ClientSource } from "../../core/address/client-source.ts";
import { equalBytes, utf8 } from "../../core/bytes.ts";
import { type FailureOf, rateLimited } from "../../core/failure.ts";
import type { OAuthClient } from "../../core/oauth/client.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Counter } from "../../ports/limits.ts";
import type { Gateway } from "../gateway.ts";

type SecretPorts = Pick<Gateway, "audit" | "limits" | "process" | "runtime">;

/**
 * Whether this is the client's secret. Wrong secrets are audited, and counted by source and by
 * client; right ones cost no counter.
 *
 * Past its own budget a source waits, and none of its secrets is compared. Past the client's budget
 * all sources' secrets are still compared, because a stranger must not shut the client out; only the
 * audit stops, so that no flood fills it. A secret has 256 random bits: comparing gives no one a
 * chance.
 *
 * @param source of the request
 */
export async function checkClientSecret(
  gateway: SecretPorts,
  client: OAuthClient,
  secret: string,
  source: ClientSource,
): Promise<Result<boolean, FailureOf<"rate-limited">>> {
  const { process, runtime } = gateway;
  const refusedUntil = process.secretRefusals.get(sourceKey(client, source)) ?? 0;
  const now = runtime.now();
  if (refusedUntil > now) return fail(rateLimited("secret-limit", refusedUntil, now));
  const hash = await runtime.digest(secret);
  const isRight = equalBytes(utf8(hash), utf8(client.secretHash ?? ""));
  return isRight ? ok(true) : countWrong(gateway, client, source);
}

const sourceKey = ({ clientId }: OAuthClient, { address }: ClientSource): string =>
  JSON.stringify([clientId, address]);

/**
 * The source's counter comes first: a source past its budget spends nothing of the client's. A spent
 * source is remembered in this process, so that a right secret need not wait for any counter.
 */
async function countWrong(
  { audit, limits, process, runtime }: SecretPorts,
  client: OAuthClient,
  source: ClientSource,
): Promise<Result<false, FailureOf<"rate-limited">>> {
  const { clientId } = client;
  const key = sourceKey(client, source);
  const ofSource: Counter = { name: "secret-per-address", key, network: source.network };
  const ofClient: Counter = { name: "secret-per-client", key: clientId, network: null };
  const { refused } = await limits.takeAll([ofSource, ofClient]);
  if (refused === null) {
    audit.record({ name: "client.refused", detail: clientId });
    return ok(false);
  }
  const now = runtime.now();
  const until = now + refused.state.resetMs;
  if (refused.counter === ofSource) process.secretRefusals.set(key, until);
  return fail(rateLimited("secret-limit", until, now));
}
