import { openidClients } from "../../core/oauth/client.ts";
import type { CompleteSettings } from "../../runtimes/shared/complete-settings.ts";
import { clientsWithoutKey } from "../../runtimes/shared/open-tokens.ts";
import { type Checked, finding, good } from "./finding.ts";

const CHECK = "clients";

/** Whether each client of OAUTH_CLIENTS that gets ID tokens has a key of its algorithm. */
export function checkClients({
  keys,
  rules,
}: Pick<CompleteSettings, "keys" | "rules">): readonly Checked[] {
  const { clients } = rules.oauth;
  if (clients.length === 0) return [];
  const without = clientsWithoutKey(clients, keys.privateJwks);
  if (without.length === 0) {
    const algorithms = [...new Set(openidClients(clients).map(({ idTokenAlg }) => idTokenAlg))];
    const tokens =
      algorithms.length === 0 ? "no ID tokens" : `ID tokens by ${algorithms.join(", ")}`;
    return [good(CHECK, `${clients.length} in OAUTH_CLIENTS, ${tokens}`)];
  }
  return without.map(({ clientId, idTokenAlg }) =>
    finding(CHECK, {
      what: `${clientId} gets ID tokens under ${idTokenAlg}, and JWT_PRIVATE_JWKS has no such key`,
      why: "The gateway does not start: every login of that app would fail.",
      mend: `npx doorstep keys generate; put its ${idTokenAlg} key behind the keys of JWT_PRIVATE_JWKS`,
    }),
  );
}
