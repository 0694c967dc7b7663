import { equalBytes, utf8 } from "../core/bytes.ts";
import type { SettingRule } from "./rules.ts";
import type { Settings } from "./schema.ts";
import { encodedIn, isWeakSecret } from "./secret-strength.ts";

/** A secret as bytes: the text itself, then what it encodes. */
type Spellings = readonly Uint8Array[];

const SECRET_SETTINGS = [
  "SECRET_KEYS",
  "INDEX_KEY",
  "LEGACY_JWT_SECRET",
  "METRICS_TOKEN",
  "ADMIN_TOKEN",
  "FORWARD_AUTH_SECRET",
  "TWILIO_AUTH_TOKEN",
] as const;

/** Pairs that rules.ts refuses in any environment, with their own reason. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  "LEGACY_JWT_SECRET SECRET_KEYS",
  "LEGACY_JWT_SECRET INDEX_KEY",
  "ADMIN_TOKEN METRICS_TOKEN",
]);

/** Production's requirements on secrets: random, unpublished, and each for one purpose. */
export const SECRET_RULES: readonly SettingRule[] = SECRET_SETTINGS.flatMap((setting, index) => [
  {
    setting,
    reads: ["NODE_ENV", setting],
    breach: (settings) =>
      settings.environment === "production" && secretsOf(settings, setting).some(isWeak)
        ? "must be random: this one is published, repeats itself or counts up"
        : null,
  },
  ...SECRET_SETTINGS.slice(0, index).map(
    (other): SettingRule => ({
      setting,
      reads: ["NODE_ENV", setting, other],
      breach: (settings) =>
        settings.environment === "production" &&
        !TOLD_ELSEWHERE.has(`${setting} ${other}`) &&
        isShared(secretsOf(settings, setting), secretsOf(settings, other))
          ? `must not be the secret of ${other}: a thief of one would have both`
          : null,
    }),
  ),
]);

/** Pairs of settings that hold one secret, in any environment. */
export const sharedSecrets = (settings: Settings): readonly (readonly [string, string])[] =>
  SECRET_SETTINGS.flatMap((setting, index) =>
    SECRET_SETTINGS.slice(0, index)
      .filter((other) => isShared(secretsOf(settings, setting), secretsOf(settings, other)))
      .map((other) => [other, setting] as const),
  );

function secretsOf(
  { keys, proxy, server, twilio }: Settings,
  setting: string,
): readonly Spellings[] {
  const ofText = (text: string | null): readonly Spellings[] =>
    text === null ? [] : [[utf8(text), ...encodedIn(text)]];
  switch (setting) {
    case "SECRET_KEYS":
      return (keys.secretKeys ?? []).map(({ secret }) => [secret]);
    case "INDEX_KEY":
      return keys.indexKey === null ? [] : [[keys.indexKey]];
    case "LEGACY_JWT_SECRET":
      return ofText(proxy.jwtSecret);
    case "FORWARD_AUTH_SECRET":
      return ofText(proxy.forwardAuthSecret);
    case "METRICS_TOKEN":
      return ofText(server.metricsToken);
    case "TWILIO_AUTH_TOKEN":
      return ofText(twilio.authToken);
    default:
      return ofText(server.adminToken);
  }
}

const isWeak = ([bytes = new Uint8Array()]: Spellings): boolean => isWeakSecret(bytes);

const isShared = (some: readonly Spellings[], others: readonly Spellings[]): boolean =>
  some.some((one) => others.some((other) => one.some((a) => other.some((b) => equalBytes(a, b)))));
