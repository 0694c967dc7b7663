import { EMPTY_USER_RECORD, type Session, type UserRecord } from "./user-record.ts";

/**
 * The sessions of a browser or an app: this one, the others on its device (the old web app beside
 * the login page), and the clients that these let in.
 */
export function togetherWith(
  sessions: readonly Session[],
  { device, sid }: Session,
): readonly Session[] {
  const isHere = (other: Session): boolean =>
    other.sid === sid || (device !== null && other.device === device);
  const here = sessions.filter(isHere).map((other) => other.sid);
  return sessions.filter(
    ({ openedBy, sid: own }) =>
      here.includes(own) || (openedBy !== undefined && here.includes(openedBy)),
  );
}

/**
 * Ends the sessions of a browser or an app, as its owner does there: the next user of a shared
 * computer would find them open. The device stays known.
 */
export function loggedOut(record: UserRecord, session: Session): UserRecord {
  const ended = togetherWith(record.sessions, session);
  return { ...record, sessions: record.sessions.filter((other) => !ended.includes(other)) };
}

/**
 * Ends the sessions of a device and forgets it, as when a phone was lost or a token was stolen. A
 * thief of the login page's cookie may have let clients in: they end too.
 */
export function withoutDevice(record: UserRecord, session: Session): UserRecord {
  const left = loggedOut(record, session);
  return { ...left, devices: left.devices.filter(({ id }) => id !== session.device) };
}

/** Ends everything except the memory of spent challenges. */
export function withoutAll(record: UserRecord): UserRecord {
  return { ...EMPTY_USER_RECORD, redeemed: record.redeemed };
}
