import { seal, unseal } from "../../core/secrets/sealed-text.ts";
import type { Gateway } from "../gateway.ts";

/** Parameters of an authorization request that name a person. */
type HintName = "id_token_hint" | "login_hint";

/**
 * A person's hint for an address of ours: addresses get into the logs of every proxy on the way, and
 * no ID token and no phone belongs there.
 */
export const sealedHint = (
  { keyring, runtime }: Pick<Gateway, "keyring" | "runtime">,
  name: HintName,
  text: string,
): Promise<string> => seal(keyring, "login-step", name, text, runtime.randomBytes(12));

/** @returns null for a text of another's making, such as the client's own hint */
export const openedHint = (
  { keyring }: Pick<Gateway, "keyring">,
  name: HintName,
  text: string,
): Promise<string | null> => unseal(keyring, "login-step", name, text);
