import type { ClientSource } from "../../core/address/client-source.ts";
import type { Gateway } from "../gateway.ts";

export type SourcePorts = Pick<Gateway, "keyring" | "runtime" | "state">;

/** A login vouches for its address for this long. */
const REMEMBERED_MS = 30 * 86_400_000;
const VERSION = 1;

/**
 * Whether a member of staff lately logged in by password from one of these sources, each an address
 * or a network as limits count it. Strangers can spend the budget of an e-mail that they know; they
 * cannot spend it for a source that its owner uses.
 *
 * @param email in the one spelling that its limit counts
 */
export async function isRecentSource(
  ports: SourcePorts,
  email: string,
  sources: readonly string[],
): Promise<boolean> {
  for (const source of sources) {
    if ((await ports.state.read(await nameOf(ports, email, source))) !== null) return true;
  }
  return false;
}

/** Records after the answer that this e-mail's owner logged in from this address and network. */
export function rememberSource(
  ports: SourcePorts,
  email: string,
  { address, network }: ClientSource,
): void {
  const { runtime, state } = ports;
  runtime.defer("remember-source", async () => {
    for (const source of new Set([address, network])) {
      const name = await nameOf(ports, email, source);
      const standing = await state.read(name);
      const options = {
        expect: standing?.version ?? null,
        expiresAt: runtime.now() + REMEMBERED_MS,
      };
      // A quicker login of the same owner has written the same record.
      await state.write(name, { v: VERSION }, options);
    }
  });
}

/** A record's name contains neither e-mail nor source in clear. */
const nameOf = async ({ keyring }: SourcePorts, email: string, source: string): Promise<string> =>
  `staff-source/${await keyring.limitKey(JSON.stringify([email, source]))}`;
