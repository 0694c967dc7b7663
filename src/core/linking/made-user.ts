import { concat, toHex, utf8 } from "../bytes.ts";
import type { CustomerId, Phone, UserId } from "../ids.ts";
import { nationalNumber } from "../phone/phone.ts";
import { CREATED_BY, type Customer, IMPORT_DOMAIN, MARK } from "./documents.ts";

/** The namespace of U*. It must never change: interrupted creations would get new ids. */
const NAMESPACE = "6f7c3d1e-5b0a-4c62-9d2e-d0035e9a11b7";

/** The ids of a user made for a customer: the same in every process and after every crash. */
export interface MadeIds {
  /** U*: UUIDv5 (RFC 9562 section 5.5) of the customer's id. */
  readonly userId: UserId;
  /** O*: the first 12 bytes of SHA-256("doorstep/user/" + C), in hex. */
  readonly objectId: string;
}

export async function madeIdsFor(customer: CustomerId): Promise<MadeIds> {
  const [sha1, sha256] = await Promise.all([
    crypto.subtle.digest("SHA-1", userIdSource(customer)),
    crypto.subtle.digest("SHA-256", objectIdSource(customer)),
  ]);
  return madeIdsOf(toHex(new Uint8Array(sha1)), toHex(new Uint8Array(sha256)));
}

/**
 * A platform's own hash, in hex. It spares a login the way to a thread and back, and a command the
 * way through a promise a million times.
 */
export type HashNow = (algorithm: "sha1" | "sha256", bytes: Uint8Array) => string;

const madeIdsNow = (customer: CustomerId, hash: HashNow): MadeIds =>
  madeIdsOf(hash("sha1", userIdSource(customer)), hash("sha256", objectIdSource(customer)));

/** Of many customers. @param hash null: the platform has none that is immediate */
export async function madeIdsForAll(
  customers: Iterable<CustomerId>,
  hash: HashNow | null = null,
): Promise<Map<CustomerId, MadeIds>> {
  const ids = [...new Set(customers)];
  const made =
    hash === null ? await Promise.all(ids.map(madeIdsFor)) : ids.map((id) => madeIdsNow(id, hash));
  return new Map(ids.flatMap((id, at) => pairOf(id, made[at])));
}

/** An entry of a map; none for undefined. */
const pairOf = (id: CustomerId, made: MadeIds | undefined) =>
  made === undefined ? [] : ([[id, made]] as const);

/** The UUIDv5 of a name (RFC 9562 section 5.5). */
export async function uuidV5(namespace: string, name: string): Promise<string> {
  const source = concat(bytesOf(namespace), utf8(name));
  return uuidOf(toHex(new Uint8Array(await crypto.subtle.digest("SHA-1", source))));
}

const bytesOf = (namespace: string): Uint8Array =>
  Uint8Array.from(namespace.replaceAll("-", "").match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
const PREFIX = bytesOf(NAMESPACE);
const userIdSource = (customer: CustomerId) => concat(PREFIX, utf8(customer));
const objectIdSource = (customer: CustomerId) => utf8(`doorstep/user/${customer}`);

const madeIdsOf = (sha1: string, sha256: string): MadeIds => ({
  userId: uuidOf(sha1) as UserId,
  objectId: sha256.slice(0, 24),
});

/** Version 5 and the variant take the place of six bits of the hash. */
function uuidOf(sha1: string): string {
  const variant = "89ab"[Number.parseInt(sha1.charAt(16), 16) & 3];
  const groups = [
    sha1.slice(0, 8),
    sha1.slice(8, 12),
    `5${sha1.slice(13, 16)}`,
    `${variant}${sha1.slice(17, 20)}`,
    sha1.slice(20, 32),
  ];
  return groups.join("-");
}

/** The pattern of placeholder e-mails: PLACEHOLDER_EMAIL, `{national}@customer.earlybird.com`. */
export interface PlaceholderRule {
  readonly template: string;
}

const LEGACY_DOMAIN = "earlybird.local";

const domainOf = (rule: PlaceholderRule): string => rule.template.split("@")[1] ?? "";

/** The e-mails that say "made for this customer": evidence of rank B. */
export function namingEmails(customer: CustomerId, rule: PlaceholderRule): string[] {
  return [`customer-${customer}@${LEGACY_DOMAIN}`, `customer-${customer}@${domainOf(rule)}`];
}

/** The customer that such an e-mail names, or null. */
export function customerNamedBy(email: string | null, rule: PlaceholderRule): CustomerId | null {
  const at = email?.lastIndexOf("@") ?? -1;
  if (email === null || !email.startsWith("customer-") || at < 0) return null;
  const domain = email.slice(at + 1);
  if (domain !== LEGACY_DOMAIN && domain !== domainOf(rule)) return null;
  return email.slice("customer-".length, at) as CustomerId;
}

/** The placeholder e-mails to try, in order, for a user of this customer (LINKING step 11). */
export function placeholderEmails(
  customer: CustomerId,
  user: UserId,
  phone: Phone,
  rule: PlaceholderRule,
): readonly string[] {
  const first = rule.template
    .replaceAll("{national}", nationalNumber(phone))
    .replaceAll("{customer_id}", customer)
    .replaceAll("{user_id}", user);
  return [
    first,
    `customer-${customer}@${domainOf(rule)}`,
    `customer-${user}@${IMPORT_DOMAIN}`,
  ].filter((email) => ORDINARY_EMAIL.test(email));
}

/**
 * A customer's id may hold any text; an e-mail that the legacy API cannot list breaks its lists.
 */
const ORDINARY_EMAIL = /^[A-Za-z0-9](?:[._+-]?[A-Za-z0-9]){0,63}@[a-z0-9.-]+$/;

/** E-mails that the legacy API's validation refuses: no user can log in with one. */
export function isReservedEmail(email: string | null): boolean {
  if (email === null) return false;
  const domain = email.slice(email.lastIndexOf("@") + 1).toLowerCase();
  return !domain.includes(".") || /\.(local|invalid|test|onion)$/.test(domain);
}

/** Whether a link writes such an e-mail in place of a reserved one, or into a user that it makes. */
export function isReplacementEmail(email: string | null, rule: PlaceholderRule): boolean {
  const domain = email?.slice(email.lastIndexOf("@") + 1);
  return (domain === domainOf(rule) || domain === IMPORT_DOMAIN) && ORDINARY_EMAIL.test(`${email}`);
}

export const MADE_USER_FIELDS = [
  ...(["id", "email", "name", "phone", "role", "is_active"] as const),
  ...(["customer_v2_id", MARK, "created_by", "created_at", "updated_at"] as const),
] as const;

/** The complete users document for a customer: nothing missing, nothing secret (LEGACY 1). */
export function newUserFields(
  customer: Customer,
  phone: Phone,
  ids: MadeIds,
  email: string,
  now: number,
): Readonly<Record<(typeof MADE_USER_FIELDS)[number], unknown>> {
  const time = new Date(now).toISOString();
  return {
    id: ids.userId,
    email,
    name: customer.name || "Customer",
    phone: nationalNumber(phone),
    role: "customer",
    is_active: true,
    customer_v2_id: customer.id,
    [MARK]: customer.id,
    created_by: CREATED_BY,
    created_at: time,
    updated_at: time,
  };
}
