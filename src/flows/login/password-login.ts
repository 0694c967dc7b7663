import { toBase64url, utf8 } from "../../core/bytes.ts";
import { readUser, type StoredDocument, textOf } from "../../core/linking/documents.ts";
import { isStaffRole, STAFF_ROLES } from "../../core/roles.ts";
import type { Gateway } from "../gateway.ts";

export type LoginPorts = Pick<Gateway, "directory" | "process" | "rules" | "runtime">;

/** The typed credentials of the backend's password login. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** The credentials for the backend. */
export interface PasswordLogin extends Credentials {
  /** Whether these are the typed credentials; otherwise a stand-in's, which open no account. */
  readonly isStaff: boolean;
}

/** A shorter random password could be guessed. */
const LEAST_RANDOM_LENGTH = 24;
/**
 * The stand-in where no member of staff can log in (RFC 2606). The backend is asked all the same.
 */
const NOBODY = "nobody@example.com";

/**
 * Chooses the credentials for the backend's password login. A customer's e-mail holds their phone
 * number, and the import gave all customers one password: an answer that differs between a customer
 * and a stranger reveals who is a customer. So the backend sees typed credentials only for an
 * e-mail on exactly one active staff record. For every other e-mail the backend gets the e-mail of
 * a member of staff with a random password: it does the same work, takes the same time and refuses
 * in its own words.
 *
 * The random password is as long as the typed one, because a backend may refuse a length before it
 * compares.
 */
export async function preparePasswordLogin(
  ports: LoginPorts,
  typed: Credentials,
): Promise<PasswordLogin> {
  const [held, standIn] = await Promise.all([
    heldStaffEmail(ports, typed.email),
    ports.process.staffEmail.of("", () => findStaffEmail(ports)),
  ]);
  if (held !== null) return { email: held, password: typed.password, isStaff: true };
  const length = Math.max(LEAST_RANDOM_LENGTH, utf8(typed.password).length);
  const password = toBase64url(ports.runtime.randomBytes(length)).slice(0, length);
  return { email: standIn ?? NOBODY, password, isStaff: false };
}

/**
 * The e-mail as stored on exactly one active staff record; else null. The backend strips an e-mail
 * and lowers its domain before the look-up, so that spelling counts where no record has the typed
 * one.
 */
async function heldStaffEmail(
  { directory, rules }: LoginPorts,
  typed: string,
): Promise<string | null> {
  const stripped = typed.trim();
  const spellings = [...new Set([stripped, withLowerDomain(stripped)])];
  const found = await directory.findUsers({ emails: spellings });
  const named = spellings.map((spelling) =>
    found.filter(({ fields }) => fields["email"] === spelling),
  );
  const [document, ...more] = named.find((documents) => documents.length > 0) ?? [];
  if (document === undefined || more.length > 0) return null;
  return isActiveStaff(document, rules) ? textOf(document.fields["email"]) : null;
}

const withLowerDomain = (email: string): string =>
  email.replace(/@[^@]*$/, (domain) => domain.toLowerCase());

const isActiveStaff = (document: StoredDocument, rules: LoginPorts["rules"]): boolean =>
  isStaffRole(document.fields["role"]) && readUser(document, rules.phone).active;

/** The e-mail of a member of staff with a password, so that the backend compares one. */
async function findStaffEmail({ directory, rules }: LoginPorts): Promise<string | null> {
  const staff = await directory.findUsers({ roles: STAFF_ROLES });
  const emails = staff.flatMap((document) => {
    const { email, password, password_hash } = document.fields;
    const hasPassword = textOf(password_hash) !== null || textOf(password) !== null;
    const address = hasPassword && isActiveStaff(document, rules) ? textOf(email) : null;
    return address !== null && withLowerDomain(address.trim()) === address ? [address] : [];
  });
  return emails.sort()[0] ?? null;
}
