import * as z from "zod/mini";
import { ok, type Result } from "../../../core/result.ts";
import type { Gateway } from "../../../flows/gateway.ts";
import { explainPerson } from "../../../flows/operator/linking/explain-person.ts";
import { listSessions, revokeSessions } from "../../../flows/operator/operate-sessions.ts";
import { spellingSearch } from "../../../flows/operator/reading/search-spellings.ts";
import { unlockPhone } from "../../../flows/operator/unlock-phone.ts";
import type { AnyFailure, AnyFailureOf, ProblemCode } from "../../problems/problems.ts";
import { openSessionsShape, personShape, revokedShape, unlockedShape } from "./admin-shapes.ts";
import { laneReport, openedReport, person } from "./present-person.ts";

/**
 * One operation of an operator, answered by a command on the stores of its own settings, or by a
 * running gateway at /auth/admin/`name`.
 */
export interface AdminOperation<
  Asked extends z.ZodMiniType = z.ZodMiniType,
  Answer extends z.ZodMiniType = z.ZodMiniType,
> {
  readonly name: string;
  readonly summary: string;
  readonly asked: Asked;
  readonly answer: Answer;
  readonly problems: readonly ProblemCode[];
  /** Bound on the body; the usual one of every route without it. */
  readonly maxBytes?: number;
  /** @param searchMs bound on the search through all records for rare spellings of a phone */
  run(
    gateway: Gateway,
    asked: z.output<Asked>,
    searchMs: number,
  ): Promise<Result<z.output<Answer>, AnyFailure>>;
}

/** An operation with only its declared problems: another one does not compile. */
function operation<
  Asked extends z.ZodMiniType,
  Answer extends z.ZodMiniType,
  Code extends ProblemCode = never,
>(
  declared: Omit<AdminOperation<Asked, Answer>, "problems" | "run"> & {
    readonly problems?: readonly Code[];
  },
  run: (
    gateway: Gateway,
    asked: z.output<Asked>,
    searchMs: number,
  ) => Promise<Result<z.output<Answer>, AnyFailureOf<NoInfer<Code>>>>,
): AdminOperation<Asked, Answer> {
  return { problems: [], ...declared, run };
}

const who = z.string();
const apply = z.optional(z.boolean());

export const WHO = operation(
  {
    name: "who",
    summary: "Show the records that a phone or an id names, and what a login would do",
    asked: z.object({ who }),
    answer: personShape,
  },
  async (gateway, asked, searchMs) =>
    ok(person(await explainPerson(gateway, asked.who, spellingSearch(gateway, searchMs)))),
);

export const UNLOCK = operation(
  {
    name: "unlock",
    summary: "Forgive a phone its wrong codes; without `apply` only say what would be forgiven",
    asked: z.object({ phone: z.string(), apply }),
    answer: unlockedShape,
    problems: ["phone-unsupported", "rate-limited"],
  },
  async (gateway, asked) => {
    const applied = asked.apply === true;
    const done = await unlockPhone(gateway, asked.phone, applied);
    if (!done.ok) return done;
    const { lanes, phone } = done.value;
    return ok({ phone, applied, lanes: lanes.map(laneReport) });
  },
);

export const SESSIONS = operation(
  {
    name: "sessions",
    summary: "List the sessions of the person that a phone or an id names",
    asked: z.object({ who }),
    answer: openSessionsShape,
  },
  async (gateway, asked, searchMs) => {
    const search = spellingSearch(gateway, searchMs);
    const { anybody, users } = await listSessions(gateway, asked.who, search);
    return ok({ anybody, users: users.map(openedReport), complete: search.isComplete() });
  },
);

export const REVOKE = operation(
  {
    name: "sessions/revoke",
    summary: "End their sessions, or one, and forget the devices; without `apply` only say which",
    asked: z.object({ who, sid: z.optional(z.string()), apply }),
    answer: revokedShape,
    problems: ["rate-limited"],
  },
  async (gateway, asked, searchMs) => {
    const search = spellingSearch(gateway, searchMs);
    const applied = asked.apply === true;
    const revocation = { who: asked.who, sid: asked.sid ?? null, apply: applied };
    const done = await revokeSessions(gateway, revocation, search);
    if (!done.ok) return done;
    const { anybody, users } = done.value;
    const complete = search.isComplete();
    return ok({ applied, anybody, users: users.map(openedReport), complete });
  },
);
