import type { ClientSource } from "../../core/address/client-source.ts";
import type { PhoneKey } from "../../core/ids.ts";
import type { GuessSource } from "../../core/otp/guess-source.ts";
import type { Gateway } from "../gateway.ts";

/** Kept characters of a 128-bit hash: enough to tell a phone's few sources of a day apart. */
const LENGTH = 11;

/**
 * The source as a phone's record stores it: keyed hashes of the phone with the address and with the
 * network. A copy of the store reveals neither of them, nor that one person requested codes for two
 * phones.
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
