import type { Gateway } from "../../flows/gateway.ts";
import type { CompleteSettings } from "../../runtimes/shared/complete-settings.ts";

/** What the checks work with: the settings, and the gateway's own parts on them. */
export interface DoctorPlace {
  readonly settings: CompleteSettings;
  readonly gateway: Pick<
    Gateway,
    "directory" | "legacyTokens" | "log" | "rules" | "runtime" | "sender" | "state"
  >;
}
