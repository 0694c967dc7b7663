import { templateSegments } from "../../adapters/sms/segments.ts";
import { type Lent, SMS_PROVIDERS } from "../../config/sms-providers.ts";
import { LOCALES } from "../../core/otp/message.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { OpenProvider } from "../../ports/sms.ts";
import type { CompleteSettings } from "./complete-settings.ts";
import { StartError } from "./start-error.ts";

/** The provider that the settings name. */
export async function openProvider(
  settings: CompleteSettings,
  runtime: Runtime,
  log: Log,
  lent: Lent = {},
): Promise<OpenProvider> {
  const { rules, server, smsProvider } = settings;
  const { open } = SMS_PROVIDERS[smsProvider];
  if (open === null) throw new StartError(`SMS_PROVIDER=${smsProvider} sends nothing here`);
  const codeTtlSeconds = rules.challenge.ttlMs / 1000;
  warnOfSegments(settings, log);
  const { publicUrl } = server;
  return open(settings, { log, runtime, message: rules.message, codeTtlSeconds, publicUrl }, lent);
}

/** Each segment of a text is charged as a message. */
function warnOfSegments({ rules }: CompleteSettings, log: Log): void {
  for (const locale of LOCALES) {
    const { encoding, segments } = templateSegments(
      locale,
      rules.challenge.ttlMs / 1000,
      rules.message,
    );
    if (segments > 1) log.write("warn", "text-segments", { locale, encoding, segments });
  }
}
