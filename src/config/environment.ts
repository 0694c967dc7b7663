import { isLoopback } from "../core/address/loopback.ts";
import { namesLoopbackOnly } from "./clear-text.ts";
import { hasPlainRedirect } from "./oauth-clients.ts";
import type { GivenTexts, SettingRule } from "./rules.ts";
import type { Settings } from "./schema.ts";
import { isOfProvider, PROVIDER_URLS, SMS_PROVIDERS } from "./sms-providers.ts";

/** When NODE_ENV must be set, and the values that production refuses. */
export const ENVIRONMENT_RULES: readonly SettingRule[] = [
  {
    setting: "NODE_ENV",
    reads: [],
    breach: (_, given) => {
      const outside = given.has("NODE_ENV") ? [] : pointingOutside(given);
      return outside.length === 0
        ? null
        : `is not set, which means development, but these settings point outside this machine: ${outside.join(", ")}. Set it to production or development`;
    },
  },
  {
    setting: "NODE_TLS_REJECT_UNAUTHORIZED",
    reads: ["NODE_ENV"],
    breach: ({ environment }, given) =>
      environment === "production" && given.get("NODE_TLS_REJECT_UNAUTHORIZED") === "0"
        ? "must not be 0: the gateway would accept any certificate, of every store"
        : null,
  },
  {
    setting: "PUBLIC_URL",
    reads: ["NODE_ENV", "PUBLIC_URL"],
    breach: ({ environment, server }) =>
      environment === "production" && isPlainOutside(server.publicUrl.text)
        ? "must be https in production: codes and tokens would cross the network in the clear"
        : null,
  },
  ...PROVIDER_URLS.map((setting) => ({
    setting,
    reads: ["NODE_ENV", setting],
    breach: ({ environment }: Settings, given: GivenTexts) =>
      environment === "production" && isPlainOutside(given.get(setting) ?? "")
        ? "must be https in production: codes, phones and the token would cross the network in the clear"
        : null,
  })),
  {
    setting: "SMS_PROVIDER",
    reads: ["NODE_ENV", "SMS_PROVIDER"],
    breach: ({ environment, smsProvider }) =>
      environment === "production" && SMS_PROVIDERS[smsProvider].open === null
        ? "must name a real sender in production: console sends no message"
        : null,
  },
  {
    setting: "ALLOWED_ORIGINS",
    reads: ["NODE_ENV", "ALLOWED_ORIGINS"],
    breach: ({ environment, server }) =>
      environment === "production" && server.allowedOrigins.includes("*")
        ? "must list the origins in production: with * any web page could read the answers"
        : null,
  },
  {
    setting: "OAUTH_CLIENTS",
    reads: ["NODE_ENV", "OAUTH_CLIENTS"],
    breach: ({ environment, rules }) => {
      const plain = rules.oauth.clients.filter(hasPlainRedirect).map(({ clientId }) => clientId);
      return environment === "production" && plain.length > 0
        ? `must have https, loopback or private-use redirect_uris in production, because codes would cross the network in the clear: ${plain.join(", ")}`
        : null;
    },
  },
];

/** The given settings that reach beyond this machine, sorted. An unclear value counts as one. */
function pointingOutside(given: GivenTexts): readonly string[] {
  const text = (name: string): string => given.get(name) ?? "";
  const names = [...given.keys()].filter((name) => {
    if (isOfProvider(name)) return true;
    if (name === "HOST") return !isLoopback(text(name));
    if (name === "SMS_PROVIDER") return text(name) !== "console";
    if (name === "PUBLIC_URL" || name === "LEGACY_UPSTREAM_URL")
      return isOutside(hostOf(text(name)));
    return (name === "MONGODB_URL" || name === "REDIS_URL") && !namesLoopbackOnly(text(name));
  });
  return names.sort();
}

/** A URL without a host is refused by its own parser. */
const isOutside = (host: string): boolean => host !== "" && !isLoopback(host);
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : "");

const isPlainOutside = (url: string): boolean => url.startsWith("http:") && isOutside(hostOf(url));
