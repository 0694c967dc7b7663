import { samplePhones } from "../../runtimes/node/sample-data.ts";
import type { CompleteSettings } from "../../runtimes/shared/complete-settings.ts";

type Place = Pick<CompleteSettings, "environment" | "rules" | "server" | "smsProvider" | "store">;

/** The addresses and phones for a developer who has just started the gateway. Development only. */
export function banner(settings: Place): string {
  const { publicUrl } = settings.server;
  const phones = samplePhones(settings).map(({ name, phone }) => `    ${phone}  ${name}`);
  return [
    "",
    `  Doorstep is running in development, with ${storesOf(settings.store)}.`,
    "",
    `  Gateway   ${publicUrl}`,
    `  Sign in   ${publicUrl}/login`,
    ...outboxOf(settings),
    "",
    ...(phones.length > 0 ? ["  Sample phones:", ...phones, ""] : []),
    "",
  ].join("\n");
}

function storesOf({ mongoUrl, redisUrl }: Place["store"]): string {
  if (mongoUrl === null && redisUrl === null) return "embedded stores and sample data";
  const customers = mongoUrl === null ? "sample data" : "the customers of MONGODB_URL";
  const state = redisUrl === null ? "an embedded store" : "the Redis of REDIS_URL";
  return `${customers}, and ${state} for codes and sessions`;
}

function outboxOf({ server, smsProvider }: Place): string[] {
  if (smsProvider !== "console") return [`  Messages  sent by ${smsProvider}`];
  return [`  Outbox    ${server.publicUrl}/dev/outbox  (the codes, instead of an SMS)`];
}
