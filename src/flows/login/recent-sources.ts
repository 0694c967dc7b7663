import type { Gateway } from "../gateway.ts";

export type SourcePorts = Pick<Gateway, "keyring" | "runtime" | "state">;

/** So long does a login speak for the address that it came from. */
const REMEMBERED_MS = 30 * 86_400_000;
const VERSION = 1;

/**
 * Addresses from which a member of staff logged in by password of late. Strangers can spend the
 * budget of an e-mail that they know; they cannot spend it for the address that its owner uses.
 *
 * @param email in the one spelling that it is counted by
 * @param address as limits count it
 */
export async function isRecentSource(
  ports: SourcePorts,
  email: string,
  address: string,
): Promise<boolean> {
  return (await ports.state.read(await nameOf(ports, email, address))) !== null;
}

/** Remembers after the answer that this e-mail's owner logged in from this address. */
export function rememberSource(ports: SourcePorts, email: string, address: string): void {
  const { runtime, state } = ports;
  runtime.defer("remember-source", async () => {
    const name = await nameOf(ports, email, address);
    const standing = await state.read(name);
    const options = {
      expect: standing?.version ?? null,
      expiresAt: runtime.now() + REMEMBERED_MS,
    };
    // Where another login of the same owner was quicker, it has written the same.
    await state.write(name, { v: VERSION }, options);
  });
}

/** Neither e-mail nor address stands in a record's name. */
const nameOf = async ({ keyring }: SourcePorts, email: string, address: string): Promise<string> =>
  `staff-source/${await keyring.limitKey(JSON.stringify([email, address]))}`;
