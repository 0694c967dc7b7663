import { describe, expect, it } from "vitest";
import { checkClients } from "../../../../src/cli/doctor/check-clients.ts";
import { examine } from "../../../../src/cli/doctor/examine.ts";
import { completeSettings } from "../../../../src/runtimes/shared/complete-settings.ts";
import { generateKeys } from "../../../../src/tokens/generate-keys.ts";
import { loaded } from "../../../support/gateway/load-settings.ts";
import { OAUTH_ENV, OAUTH_JWKS, publicEntry } from "../../../support/gateway/oauth-client.ts";

const { indexKey: INDEX_KEY, secretKeys: SECRET_KEYS } = await generateKeys({
  algorithms: ["ES256"],
});
const [es256, rs256] = (JSON.parse(OAUTH_JWKS) as { keys: object[] }).keys;
const withKeys = (...keys: readonly unknown[]) => JSON.stringify({ keys });

const envOf = (JWT_PRIVATE_JWKS: string, clients: string) => ({
  JWT_PRIVATE_JWKS,
  SECRET_KEYS,
  INDEX_KEY,
  OAUTH_CLIENTS: clients,
});

const checkedWith = (keys: string, clients = OAUTH_ENV.OAUTH_CLIENTS) =>
  checkClients(completeSettings(loaded(envOf(keys, clients))).settings);

describe("doctor looks at the clients of OAUTH_CLIENTS", () => {
  it("doctor says in one short line that each client's ID tokens have a key", () => {
    const lines = checkedWith(OAUTH_JWKS);
    expect(lines).toMatchObject([
      { check: "clients", state: "ok", what: "3 in OAUTH_CLIENTS, ID tokens by RS256" },
    ]);
    const entry = { ...publicEntry("shop", "https://shop.example/cb"), scope: "phone" };
    expect(checkedWith(withKeys(es256), JSON.stringify([entry]))).toMatchObject([
      { state: "ok", what: "1 in OAUTH_CLIENTS, no ID tokens" },
    ]);
    expect(checkedWith(withKeys(es256), "[]")).toEqual([]);
  });

  it.each([
    ["RS256", es256, {}],
    ["ES256", rs256, { id_token_signed_response_alg: "ES256" }],
  ])(
    "doctor names the client without a key for %s, why that matters, and the command that mends it",
    (alg, key, more) => {
      const entry = { ...publicEntry("shop", "https://shop.example/cb"), ...more };
      expect(checkedWith(withKeys(key), JSON.stringify([entry]))).toEqual([
        {
          check: "clients",
          state: "finding",
          what: `shop gets ID tokens under ${alg}, and JWT_PRIVATE_JWKS has no such key`,
          why: "The gateway does not start: every login of that app would fail.",
          mend: `npx doorstep keys generate; put its ${alg} key behind the keys of JWT_PRIVATE_JWKS`,
        },
      ]);
    },
  );

  it("doctor says it before it opens any store", async () => {
    const env = {
      ...envOf(withKeys(es256), OAUTH_ENV.OAUTH_CLIENTS),
      SQLITE_PATH: "/nowhere/x.db",
    };
    const lines = await examine({ env, testPhone: null });
    const told = lines.filter(({ check }) => check === "clients").map(({ what }) => what);
    expect(told).toHaveLength(3);
    expect(lines.at(-1)).toMatchObject({ check: "others", state: "unknown" });
  });
});
