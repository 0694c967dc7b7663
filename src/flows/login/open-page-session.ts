import type { UserKey } from "../../core/ids.ts";
import type { Customer, UsableUser } from "../../core/linking/documents.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import {
  type Device,
  PAGE_CLIENT,
  repeatedLogin,
  type Session,
  type UserRecord,
} from "../../core/sessions/user-record.ts";
import type { Link } from "../linking/link-customer.ts";
import { deviceFor, mintDeviceToken } from "../otp/known-device.ts";
import type { ConfirmPorts } from "../sessions/confirm-link.ts";
import { replaceSession } from "../sessions/end-sessions.ts";
import { mintPageCookie, readPageSession } from "../sessions/page-session.ts";
import {
  type LogInPorts,
  type LoginContext,
  type LoginFailure,
  newSession,
  SPENT,
  type StartSession,
  spendProof,
} from "./log-in.ts";
import { sealChoice } from "./remembered-choice.ts";

/** A login at the page also ends the session that the browser had before. */
type PageLoginPorts = ConfirmPorts & LogInPorts;

/** The result of a login at the page: a cookie, and no token of any client. */
export interface PageLogin {
  /** The cookie's value, and for how long the browser keeps it. */
  readonly cookie: string;
  readonly maxAgeSeconds: number;
  readonly session: Session;
  readonly userKey: UserKey;
  readonly deviceToken: string;
  /** Where the phone has several customers: the choice, for the browser to keep. */
  readonly choice: string | null;
  readonly firstLogin: boolean;
  readonly customer: Customer;
  readonly user: UsableUser;
}

/**
 * Gives a login at the page its session. Each login makes a new session and ends the browser's
 * former one, so that a cookie planted before the login becomes useless (session fixation).
 *
 * The answer to a right code can get lost on a mobile network. The same browser gets the same session
 * for the same proof while the proof lives. Another browser that knows challenge and code gets none.
 *
 * @param browser a secret of this browser only: at least 16 random bytes, as text
 * @param former the cookie that the browser sent
 */
export function openPageSession(browser: string, former?: string): StartSession<PageLogin> {
  return async (gateway, context, link) => {
    const opened = await open(gateway, context, link, browser);
    if (opened.ok) await endFormer(gateway, former, opened.value);
    return opened;
  };
}

async function open(
  gateway: PageLoginPorts,
  context: LoginContext,
  link: Link,
  secret: string,
): Promise<Result<PageLogin, LoginFailure>> {
  const { challenge, phoneKey } = context;
  const { customer, user, wrote } = link;
  const { idleTtlMs, maxTtlMs } = gateway.rules.session;
  const client = { clientId: PAGE_CLIENT, idleTtlMs, maxTtlMs };
  const browser = await gateway.keyring.limitKey(`page-browser/${secret}`);
  const begin = (record: UserRecord, now: number) => {
    const device = deviceFor(gateway, record, challenge.device, customer.id, phoneKey);
    return { browser, device, session: newSession(gateway, context, link, client, device, now) };
  };
  const again = (record: UserRecord, now: number) => {
    const session = repeatedLogin(record, challenge.handle, browser, now);
    const device = session && deviceOf(record, session.device);
    return session && device ? { browser, device, session } : null;
  };
  const started = await spendProof(gateway, context, link, begin, again);
  if (!started.ok) return started;
  const { device, session, userKey } = started.value;
  const cookie = await mintPageCookie(gateway, userKey, session);
  const deviceToken = await mintDeviceToken(gateway, userKey, device);
  if (cookie === null || deviceToken === null) return fail(SPENT);
  const maxAgeSeconds = Math.floor((session.endsAt - gateway.runtime.now()) / 1000);
  const choice = challenge.chosen === null ? null : await sealChoice(gateway, session, customer);
  const opened = { cookie, maxAgeSeconds, session, userKey, deviceToken, choice };
  return ok({ ...opened, firstLogin: wrote, customer, user });
}

const deviceOf = (record: UserRecord, id: Device["id"] | null): Device | undefined =>
  record.devices.find((device) => device.id === id);

/** Ends the browser's former session, of this user or of another one. */
async function endFormer(
  gateway: PageLoginPorts,
  cookie: string | undefined,
  opened: PageLogin,
): Promise<void> {
  const former = await readPageSession(gateway, cookie);
  if (former === null || former.session.sid === opened.session.sid) return;
  await replaceSession(gateway, former, opened);
}
