import { type Lent, SMS_PROVIDERS } from "../../config/sms-providers.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { OpenProvider } from "../../ports/sms.ts";
import type { CompleteSettings } from "./complete-settings.ts";
import { describeTexts } from "./describe-texts.ts";
import { StartError } from "./start-error.ts";

/** The provider that the settings name. */
export async function openProvider(
  settings: CompleteSettings,
  runtime: Runtime,
  log: Log,
  lent: Lent = {},
): Promise<OpenProvider> {
  const { rules, server, smsProvider } = settings;
  const { open, sendsOurText } = SMS_PROVIDERS[smsProvider];
  if (open === null) throw new StartError(`SMS_PROVIDER=${smsProvider} sends nothing here`);
  const codeTtlSeconds = rules.challenge.ttlMs / 1000;
  if (sendsOurText) describeTexts(settings, log);
  const { publicUrl } = server;
  return open(settings, { log, runtime, message: rules.message, codeTtlSeconds, publicUrl }, lent);
}
