import { seal, unseal } from "../../core/secrets/sealed-text.ts";
import type { Gateway } from "../gateway.ts";

/** Parameters of an authorization request that name a person. */
type HintName = "id_token_hint" | "login_hint";
type HintPorts = Pick<Gateway, "keyring" | "runtime">;

/** As long as the authorization beside the hint. */
const HINT_TTL_MS = 3_600_000;

/** With a slash, which no id of a login step holds: the seal of a hint never opens as a step. */
const placeOf = (name: HintName): string => `hint/${name}`;

/**
 * A person's hint for an address of ours: addresses get into the logs of every proxy on the way, and
 * no ID token and no phone belongs there. The gateway opens the hint for an hour: later a reader of
 * the logs who puts the hint into an address of their own does not see the phone on the page.
 */
export const sealedHint = (
  { keyring, runtime }: HintPorts,
  name: HintName,
  text: string,
): Promise<string> => {
  const sealed = `${runtime.now() + HINT_TTL_MS} ${text}`;
  return seal(keyring, "login-step", placeOf(name), sealed, runtime.randomBytes(12));
};

/** @returns null for an old one, and a text of another's making, such as the client's own hint */
export async function openedHint(
  { keyring, runtime }: HintPorts,
  name: HintName,
  text: string,
): Promise<string | null> {
  const opened = await unseal(keyring, "login-step", placeOf(name), text);
  const space = opened?.indexOf(" ") ?? -1;
  if (opened === null || Number(opened.slice(0, space)) <= runtime.now()) return null;
  return opened.slice(space + 1);
}
