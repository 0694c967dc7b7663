import type { ClientSource } from "../../core/client-source.ts";
import type { PhoneKey } from "../../core/ids.ts";
import type { GuessSource } from "../../core/otp/guess-source.ts";
import type { Gateway } from "../gateway.ts";

/** Of 128 bits so many characters: enough to tell apart the few sources that a phone has in a day. */
const LENGTH = 11;

/**
 * The source as a phone's record keeps it: keyed hashes of the phone with the address and with the
 * network, so that a copy of the store tells neither, nor that two phones were asked for by one person.
 */
export async function guessSource(
  { keyring }: Pick<Gateway, "keyring">,
  phoneKey: PhoneKey,
  { address, network }: ClientSource,
): Promise<GuessSource> {
  const [a = "", n = ""] = await Promise.all(
    [`a/${address}`, `n/${network}`].map((text) => keyring.limitKey(`${phoneKey}/${text}`)),
  );
  return { address: a.slice(0, LENGTH), network: n.slice(0, LENGTH) };
}
