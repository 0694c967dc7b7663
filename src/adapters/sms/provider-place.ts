import type { MessageRules } from "../../core/otp/message.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";

/** What every provider is told of the gateway, whatever its own settings are. */
export interface ProviderPlace {
  readonly log: Log;
  readonly runtime: Pick<Runtime, "now" | "sleep" | "randomBytes">;
  readonly message: MessageRules;
  readonly codeTtlSeconds: number;
  /** PUBLIC_URL: where the provider's callbacks come to. */
  readonly publicUrl: string;
}
