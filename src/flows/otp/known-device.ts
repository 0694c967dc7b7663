import { concat, storedBytes, toBase64url } from "../../core/bytes.ts";
import type { CustomerId, DeviceId, PhoneKey, UserId, UserKey } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { ok } from "../../core/result.ts";
import { mintBearer, provesSeed, readBearer } from "../../core/secrets/bearer.ts";
import { DEVICE_TTL_MS, type Device, type UserRecord } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { changeUserRecord, readUserRecord } from "../state/change-record.ts";

type KnownDevicePorts = Pick<Gateway, "keyring" | "rules" | "runtime" | "state">;

const USER_KEY_BYTES = 16;
const DEVICE_ID_BYTES = 9;
const LOCATOR_BYTES = USER_KEY_BYTES + DEVICE_ID_BYTES;

/** A device that may use its customer's own lane. */
export interface KnownDevice {
  readonly id: DeviceId;
  readonly customerId: CustomerId;
  readonly userKey: UserKey;
}

/**
 * The known device of a device token, if the token was given to this phone. For any other token the
 * request silently uses the common lane: a thief of a token must not learn its owner.
 */
export async function knownDevice(
  gateway: KnownDevicePorts,
  token: string | undefined,
  phoneKey: PhoneKey,
): Promise<KnownDevice | null> {
  const { keyring, runtime } = gateway;
  const bearer =
    token === undefined ? null : await readBearer(keyring, "device", LOCATOR_BYTES, token);
  if (bearer === null) return null;
  const userKey = toBase64url(bearer.locator.subarray(0, USER_KEY_BYTES)) as UserKey;
  const id = toBase64url(bearer.locator.subarray(USER_KEY_BYTES));
  const { record } = await readUserRecord(gateway, userKey);
  const device = record.devices.find((entry) => entry.id === id);
  if (device === undefined || device.expiresAt <= runtime.now()) return null;
  if (device.phoneKey !== phoneKey || device.customerId === null) return null;
  const proven = await provesSeed(keyring, "device", bearer, storedBytes(device.seed));
  return proven ? { id: device.id, customerId: device.customerId, userKey } : null;
}

/** Forgets a device of a customer who no longer has the phone or the user of that time. */
export async function forgetDevice(
  gateway: Pick<Gateway, "rules" | "runtime" | "state">,
  { id, userKey }: KnownDevice,
): Promise<void> {
  await changeUserRecord(gateway, userKey, (record) => ({
    record: { ...record, devices: record.devices.filter((device) => device.id !== id) },
    outcome: ok(undefined),
  }));
}

/**
 * Whether the device's customer still has the phone and the user that the device was given to, as
 * far as the look-up by phone tells. The number's next owner owes the former one no lane. True
 * where the customer's pointer was wiped or names the user by `_id`.
 */
export async function stillSpeaksFor(
  { keyring }: Pick<Gateway, "keyring">,
  device: KnownDevice,
  customers: readonly Customer[],
): Promise<boolean> {
  const customer = customers.find(({ id }) => id === device.customerId);
  if (customer === undefined) return false;
  const { pointer } = customer;
  if (pointer === null || /^[0-9a-f]{24}$/.test(pointer)) return true;
  return (await keyring.userKey(pointer as UserId)) === device.userKey;
}

/** The device of this login: the requesting one, where this user still knows it, else a new one. */
export function deviceFor(
  { keyring, runtime }: Pick<Gateway, "keyring" | "runtime">,
  record: UserRecord,
  asked: DeviceId | null,
  customerId: CustomerId | null,
  phoneKey: PhoneKey,
): Device {
  const expiresAt = runtime.now() + DEVICE_TTL_MS;
  const kept = record.devices.find(
    (device) =>
      device.id === asked && device.phoneKey === phoneKey && device.customerId === customerId,
  );
  // The next token is made with the current key, or the device would be forgotten with the old key.
  if (kept !== undefined) return { ...kept, keyId: keyring.currentId, expiresAt };
  return {
    id: toBase64url(runtime.randomBytes(DEVICE_ID_BYTES)) as DeviceId,
    seed: toBase64url(runtime.randomBytes(32)),
    keyId: keyring.currentId,
    customerId,
    phoneKey,
    expiresAt,
  };
}

/** @returns null where the device's key has left SECRET_KEYS */
export function mintDeviceToken(
  { keyring }: Pick<Gateway, "keyring">,
  userKey: UserKey,
  { id, keyId, seed }: Device,
): Promise<string | null> {
  const locator = concat(storedBytes(userKey), storedBytes(id));
  return mintBearer(keyring, "device", keyId, locator, storedBytes(seed));
}
