import { describe, expect, it } from "vitest";
import { loadWorkerSettings } from "../../../src/runtimes/worker/worker-settings.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";

const { indexKey, jwtPrivateJwks, secretKeys } = await generateKeys({ algorithms: ["ES256"] });
const DEVELOPMENT = {
  NODE_ENV: "development",
  JWT_PRIVATE_JWKS: jwtPrivateJwks,
  SECRET_KEYS: secretKeys,
  INDEX_KEY: indexKey,
  STATE: {},
};

const problems = (bindings: object) => {
  const loaded = loadWorkerSettings({ ...DEVELOPMENT, ...bindings }, "development");
  return loaded.ok ? [] : loaded.failure;
};

describe("the settings of a Worker", () => {
  it("the settings of a Worker are texts among bindings that are none", () => {
    expect(problems({ OTP_TTL: "2m", LIMITS: {}, SAMPLE: {} })).toEqual([]);
  });

  it.each([
    ["OTP_MAX_ATTEMPTS", 2],
    ["OTP_TTL", 60],
    ["ALLOWED_ORIGINS", ["https://app.example.com"]],
    ["LEGACY_ONLY_LOGIN", true],
    ["JWT_PRIVATE_JWKS", { keys: [] }],
  ])("a Worker's settings are texts: %s as TOML's %j is named", (name, value) => {
    expect(problems({ [name]: value })).toContainEqual({
      setting: name,
      reason: "must be a text: put it in quotation marks",
    });
  });
});
