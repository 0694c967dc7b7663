import type { PlaceholderRule } from "../core/linking/made-user.ts";
import type { OAuthClient } from "../core/oauth/client.ts";
import type { MessageRules } from "../core/otp/message.ts";
import type { ChallengeRules } from "../core/otp/phone-record.ts";
import type { TestPhone } from "../core/otp/test-phone.ts";
import type { PhoneRules } from "../core/phone/phone.ts";
import type { StoredValues } from "../core/runs/write-image.ts";
import type { Keyring } from "../core/secrets/keyring.ts";
import type { SessionRules } from "../core/sessions/user-record.ts";
import type { Audit } from "../ports/audit.ts";
import type { Ceilings } from "../ports/ceilings.ts";
import type { Directory } from "../ports/directory.ts";
import type { Limits } from "../ports/limits.ts";
import type { Log } from "../ports/log.ts";
import type { Ownership } from "../ports/ownership.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { CodeSender } from "../ports/sms.ts";
import type { StateStore } from "../ports/state.ts";
import type { AccessTokens, IdTokens, LegacyTokens } from "../ports/tokens.ts";
import type { ProcessState } from "./state/process-state.ts";

/** The core's rules, from the operator's settings. */
export interface GatewayRules {
  readonly phone: PhoneRules;
  readonly challenge: ChallengeRules;
  readonly session: SessionRules;
  readonly message: MessageRules;
  /** OAUTH_CLIENTS; empty: the authorization endpoint refuses every client. */
  readonly oauth: { readonly clients: readonly OAuthClient[] };
  readonly placeholder: PlaceholderRule;
  /** LEGACY_ONLY_LOGIN: a user without a customers_v2 document may log in. */
  readonly legacyOnly: { readonly isOn: boolean };
  readonly testPhones: readonly TestPhone[];
}

/**
 * Everything that a use case works with: the ports, the keys, the rules and this process's memory.
 */
export interface Gateway {
  readonly directory: Directory;
  /** The values of `directory` as JSON and back, for a command on another machine. */
  readonly wireValues: StoredValues;
  readonly state: StateStore;
  readonly sender: CodeSender;
  readonly limits: Limits;
  readonly ceilings: Ceilings;
  readonly tokens: AccessTokens;
  readonly idTokens: IdTokens;
  /** Null without LEGACY_JWT_SECRET: nothing is forwarded, and no staff token is valid. */
  readonly legacyTokens: LegacyTokens | null;
  readonly ownership: Ownership;
  readonly audit: Audit;
  readonly log: Log;
  readonly runtime: Runtime;
  readonly keyring: Keyring;
  readonly rules: GatewayRules;
  readonly process: ProcessState;
}
