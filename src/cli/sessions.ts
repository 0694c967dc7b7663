import { REVOKE, SESSIONS } from "../http/routes/admin-operations.ts";
import type { OpenSessions, Revoked } from "../http/routes/admin-shapes.ts";
import type { CommandOutput } from "./keys.ts";
import { operate, type Shown } from "./operate.ts";
import { readOperatorArguments } from "./operator-arguments.ts";
import { screenOf } from "./printable.ts";
import { sessionText } from "./session-text.ts";

const USAGE = `\
usage: doorstep sessions list PHONE|USER_ID|CUSTOMER_ID [--json] [--gateway URL]
       doorstep sessions revoke PHONE|USER_ID|CUSTOMER_ID [--sid=SID] [--apply]
                                [--json] [--gateway URL]
`;

/**
 * `doorstep sessions`: who is logged in where, and the end of it: of everything that the users
 * have whom the phone or id names, or of one session. A device whose session is revoked is
 * forgotten. `revoke` prints what it would end; `--apply` ends it.
 *
 * @returns the exit code: 0 clean, 1 nobody, or something that was not ended, 2 usage, 3 unreachable
 */
export async function sessionsCommand(
  args: readonly string[],
  io: CommandOutput,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const [command, ...rest] = args;
  const options = command === "revoke" ? (["apply", "sid"] as const) : [];
  const wanted = readOperatorArguments(rest, options);
  const [who, ...more] = wanted?.positionals ?? [];
  const known = command === "list" || command === "revoke";
  if (!known || wanted === null || who === undefined || more.length > 0) {
    io.err(USAGE);
    return 2;
  }
  const operating = { env, io, ...wanted };
  if (command === "list") return operate(SESSIONS, { who }, operating, listed);
  const { apply, sid } = wanted;
  const asked = { who, apply, ...(sid === undefined ? {} : { sid }) };
  return operate(REVOKE, asked, operating, (revoked) => ended(revoked, sid));
}

function listed(open: OpenSessions): Shown {
  const lines = open.users.length > 0 ? userLines(open) : [nothing(open)];
  return { screen: screenOf([...lines, ...cutShort(open)]), code: open.anybody ? 0 : 1 };
}

function ended(revoked: Revoked, sid: string | undefined): Shown {
  const { anybody, applied, users } = revoked;
  if (users.length === 0) {
    const screen = screenOf([
      sid === undefined ? nothing(revoked) : "no such session",
      ...cutShort(revoked),
    ]);
    return { screen, code: anybody && sid === undefined ? 0 : 1 };
  }
  const verb = applied ? "ended:" : "would end:";
  const screen = screenOf([verb, ...userLines(revoked), ...cutShort(revoked)]);
  if (applied) return { screen, code: 0 };
  return { screen, code: 1, hint: "Nothing was written. --apply ends them.\n" };
}

const nothing = ({ anybody }: OpenSessions): string => (anybody ? "no sessions" : "nobody");

const cutShort = ({ complete }: OpenSessions): string[] =>
  complete ? [] : ["not every record could be looked through in time"];

const userLines = ({ users }: OpenSessions): string[] =>
  users.flatMap(({ known_devices, sessions, user_id }) => [
    `user ${user_id}: ${counted(sessions.length, "session")}, ${counted(known_devices, "known device")}`,
    ...sessions.map((session) => `  ${sessionText(session)}`),
  ]);

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
