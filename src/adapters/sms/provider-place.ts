import type { Origin } from "../../core/address/origin.ts";
import type { MessageRules } from "../../core/otp/message.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";

/** The gateway's values for every provider, besides the provider's own settings. */
export interface ProviderPlace {
  readonly log: Log;
  readonly runtime: Pick<Runtime, "now" | "sleep" | "randomBytes">;
  readonly message: MessageRules;
  readonly codeTtlSeconds: number;
  /** PUBLIC_URL: the origin of the provider's callbacks. */
  readonly publicUrl: Origin;
}
