import { REVOKE, SESSIONS } from "../../http/routes/admin/admin-operations.ts";
import type { Revoked, SessionsReport } from "../../http/routes/admin/admin-shapes.ts";
import { type ApplyOptions, applyOptions } from "../apply.ts";
import { type RunCommand, runLine } from "../command-line.ts";
import { aboutPerson, type OperatorOptions } from "../operator-options.ts";
import { countOf } from "../output/count.ts";
import { screenOf } from "../output/printable.ts";
import { sessionLines } from "../output/session-text.ts";
import { operate, type Shown } from "../remote/operate.ts";
import { operateWriting } from "../remote/operate-writing.ts";

const DESCRIPTION =
  "Shows where a person is logged in, or ends those sessions: all sessions of the users that the phone or id names, or one of them.";
const REVOKE_DESCRIPTION =
  "Ends sessions and forgets their devices. Prints the plan; --apply ends them.";

interface RevokeOptions extends OperatorOptions, ApplyOptions {
  readonly sid?: string;
}

/**
 * `doorstep sessions`: lists the sessions of a person, or ends them.
 *
 * @returns the exit code: 0 clean, 1 no such person, or a session that was not ended, 2 usage,
 *   3 unreachable
 */
export const sessionsCommand: RunCommand = (args, io, env) =>
  runLine("doorstep sessions", args, io, (line, exit) => {
    line.description(DESCRIPTION);
    aboutPerson(line.command("list"))
      .description("Shows where a person is logged in.")
      .action(async (who: string, options: OperatorOptions) =>
        exit(await operate(SESSIONS, { who }, { env, io, ...options }, listed)),
      );
    applyOptions(aboutPerson(line.command("revoke")), "end them")
      .description(REVOKE_DESCRIPTION)
      .option("--sid <sid>", "end this session only; write --sid=SID")
      .action(async (who: string, { sid, ...options }: RevokeOptions) => {
        const asked = { who, apply: options.apply === true, ...(sid === undefined ? {} : { sid }) };
        const shown = (revoked: Revoked) => ({ ...ended(revoked, sid), effect: effectOf(revoked) });
        exit(await operateWriting(REVOKE, asked, { env, io, ...options }, shown));
      });
  });

function listed(open: SessionsReport): Shown {
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

const effectOf = ({ users }: Revoked): string => {
  const sessions = users.reduce((sum, user) => sum + user.sessions.length, 0);
  const devices = users.reduce((sum, user) => sum + user.known_devices, 0);
  return `end ${countOf(sessions, "session")} and forget ${countOf(devices, "known device")}`;
};

const nothing = ({ anybody }: SessionsReport): string =>
  anybody ? "no sessions" : "no such person";

const cutShort = ({ complete }: SessionsReport): string[] =>
  complete ? [] : ["the search ended before every record was read"];

const userLines = ({ users }: SessionsReport): string[] =>
  users.flatMap(({ known_devices, sessions, user_id }) => [
    `user ${user_id}: ${countOf(sessions.length, "session")}, ${countOf(known_devices, "known device")}`,
    ...sessionLines(sessions).map((session) => `  ${session}`),
  ]);
