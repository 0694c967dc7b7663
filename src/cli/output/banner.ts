import { readSample, samplePhones } from "../../runtimes/node/sample-data.ts";
import type { CompleteSettings } from "../../runtimes/shared/complete-settings.ts";

/** What someone who has just started the gateway wants to know. Development only. */
export function banner({ rules, server }: Pick<CompleteSettings, "rules" | "server">): string {
  const { publicUrl } = server;
  const phones = samplePhones(readSample(), rules.phone).map(
    ({ name, phone }) => `    ${phone}  ${name}`,
  );
  return [
    "",
    "  Doorstep is running in development, with embedded stores and sample data.",
    "",
    `  Gateway   ${publicUrl}`,
    `  Outbox    ${publicUrl}/dev/outbox  (the codes, instead of an SMS)`,
    "",
    "  Sample phones:",
    ...phones,
    "",
    "",
  ].join("\n");
}
