import type * as z from "zod/mini";
import { addressHint } from "../../core/linking/address-hint.ts";
import type { Customer, UsableUser } from "../../core/linking/documents.ts";
import { shownName } from "../../core/oauth/person-claims.ts";
import type { Session } from "../../core/sessions/user-record.ts";
import { sessionEndsAt } from "../../core/sessions/user-record.ts";
import type { CompatLogin, LoggedIn } from "../../flows/login/log-in.ts";
import type { Selection } from "../../flows/login/verify-code.ts";
import type { CodeSent } from "../../flows/otp/request-code.ts";
import type { TokenSet } from "../../flows/sessions/issue-tokens.ts";
import type {
  codeSentShape,
  compatLoginShape,
  loginShape,
  profileShape,
  selectionShape,
  sessionsShape,
  tokensShape,
} from "./shapes.ts";

/**
 * Fills the shapes of `shapes.ts`: snake_case, seconds, and only the secret that is being issued.
 */

export const codeSent = (sent: CodeSent): z.output<typeof codeSentShape> => ({
  challenge_id: sent.challengeId,
  channel: sent.channel,
  code_length: sent.codeLength,
  expires_in: sent.expiresInSeconds,
  resend_in: sent.resendInSeconds,
});

export const tokenSet = (tokens: TokenSet): z.output<typeof tokensShape> => ({
  access_token: tokens.accessToken,
  token_type: "Bearer",
  expires_in: tokens.expiresInSeconds,
  refresh_token: tokens.refreshToken,
  refresh_expires_in: tokens.refreshExpiresInSeconds,
  ...(tokens.scope === undefined ? {} : { scope: tokens.scope.join(" ") }),
  ...(tokens.idToken === undefined ? {} : { id_token: tokens.idToken }),
  user: userOf(tokens),
  customer: tokens.customer && {
    id: tokens.customer.id,
    name: tokens.customer.name,
    status: tokens.customer.status,
  },
});

export const loggedIn = (login: LoggedIn): z.output<typeof loginShape> => ({
  ...tokenSet(login),
  device_token: login.deviceToken,
  first_login: login.firstLogin,
});

type SelectionBody = z.output<typeof selectionShape>;

export const selection = ({ customers, selectionToken }: Selection): SelectionBody => ({
  selection_token: selectionToken,
  customers: customers.map(choice),
});

type Choice = SelectionBody["customers"][number];

/** The members that the old web app reads (LEGACY 5). */
export const compatLogin = (login: CompatLogin): z.output<typeof compatLoginShape> => ({
  access_token: login.accessToken,
  token_type: "bearer",
  user: userOf(login),
});

const userOf = ({ customer, user }: Pick<TokenSet, "customer" | "user">) => ({
  id: user.id,
  name: shownName(user, customer),
  role: "customer" as const,
});

/** One of several customers of a proven phone, with enough to tell a home from a shop. */
const choice = ({ id, name, area, address, status }: Customer): Choice => ({
  customer_v2_id: id,
  name,
  area,
  address_hint: addressHint(address),
  status: status ?? "stopped",
});

export const profile = (customer: Customer, user: UsableUser): z.output<typeof profileShape> => ({
  user: {
    id: user.id,
    name: shownName(user, customer),
    role: "customer",
    email: user.email,
    phone: customer.phone,
  },
  customer: {
    id: customer.id,
    name: customer.name,
    phone: customer.phone,
    status: customer.status,
    area: customer.area,
    address: customer.address,
  },
});

type SessionBody = z.output<typeof sessionsShape>["sessions"][number];

export const session = (entry: Session, current: string): SessionBody => ({
  sid: entry.sid,
  client_id: entry.clientId,
  current: entry.sid === current,
  user_agent: entry.userAgent,
  created_at: isoTime(entry.authenticatedAt),
  last_used_at: isoTime(entry.rotatedAt),
  expires_at: isoTime(sessionEndsAt(entry)),
});

const isoTime = (at: number): string => new Date(at).toISOString();
