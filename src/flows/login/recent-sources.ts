import type { Gateway } from "../gateway.ts";

export type SourcePorts = Pick<Gateway, "keyring" | "runtime" | "state">;

/** A login vouches for its address for this long. */
const REMEMBERED_MS = 30 * 86_400_000;
const VERSION = 1;

/**
 * Addresses from which a member of staff recently logged in by password. Strangers can spend the
 * budget of an e-mail that they know; they cannot spend it for an address that its owner uses.
 *
 * @param email in the one spelling that its limit counts
 * @param address as limits count it
 */
export async function isRecentSource(
  ports: SourcePorts,
  email: string,
  address: string,
): Promise<boolean> {
  return (await ports.state.read(await nameOf(ports, email, address))) !== null;
}

/** Records after the answer that this e-mail's owner logged in from this address. */
export function rememberSource(ports: SourcePorts, email: string, address: string): void {
  const { runtime, state } = ports;
  runtime.defer("remember-source", async () => {
    const name = await nameOf(ports, email, address);
    const standing = await state.read(name);
    const options = {
      expect: standing?.version ?? null,
      expiresAt: runtime.now() + REMEMBERED_MS,
    };
    // A quicker login of the same owner has written the same record.
    await state.write(name, { v: VERSION }, options);
  });
}

/** A record's name contains neither e-mail nor address in clear. */
const nameOf = async ({ keyring }: SourcePorts, email: string, address: string): Promise<string> =>
  `staff-source/${await keyring.limitKey(JSON.stringify([email, address]))}`;
