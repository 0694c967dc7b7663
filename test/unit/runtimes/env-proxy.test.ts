import { expect, it } from "vitest";
import { checkSettings } from "../../../src/cli/doctor/check-settings.ts";
import { loadNodeSettings } from "../../../src/runtimes/node/node-settings.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";

const keys = await generateKeys({ algorithms: ["ES256"] });
const TWILIO = {
  NODE_ENV: "development",
  JWT_PRIVATE_JWKS: keys.jwtPrivateJwks,
  SECRET_KEYS: keys.secretKeys,
  INDEX_KEY: keys.indexKey,
  SMS_PROVIDER: "twilio",
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "0123456789abcdef0123456789abcdef",
  TWILIO_FROM: "+15005550006",
};
const HTTPS_PROXY = "http://user:word@proxy.example:3128";

it("a proxy that is set and not used is a warning of the start, and a finding of doctor with its remedy", async () => {
  const env = { ...TWILIO, HTTPS_PROXY };
  const { warnings } = await loadNodeSettings(env);
  expect(warnings.map(({ setting }) => setting)).toEqual(["HTTPS_PROXY"]);
  const { lines } = await checkSettings(env);
  const [line] = lines.filter(({ what }) => what.startsWith("HTTPS_PROXY"));
  expect(line?.state).toBe("finding");
  expect(line?.what).toContain("Set NODE_USE_ENV_PROXY=1");
  expect(JSON.stringify([warnings, lines])).not.toContain("word@");
});

it.each([
  ["it is used", { ...TWILIO, HTTPS_PROXY, NODE_USE_ENV_PROXY: "1" }],
  ["it is empty", { ...TWILIO, HTTPS_PROXY: "" }],
  ["messages go to the console", { ...TWILIO, HTTPS_PROXY, SMS_PROVIDER: "console" }],
])("a proxy is no warning where %s", async (_, env) => {
  expect((await loadNodeSettings(env)).warnings).toEqual([]);
});
