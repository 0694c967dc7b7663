import type { Customer, User } from "../../core/linking/documents.ts";
import { decidePart, type PartDecision } from "../../core/linking/pair.ts";
import { partPair } from "../../flows/operator/linking/write-pair.ts";
import { readPair } from "../../flows/operator/reading/read-pair.ts";
import { isConfirmed } from "../apply.ts";
import { notEmpty, type RunCommand, runLine } from "../command-line.ts";
import { reasonOption } from "../operator-options.ts";
import { pairLines, userLinesOf } from "../output/pair-screen.ts";
import { screenOf } from "../output/printable.ts";
import { atRunPlace, inNewRun, type RunOptions, type RunPlace, runOptions } from "../run-place.ts";

const DESCRIPTION =
  "Parts a customer and a user, as a person's decision. Shows both records; --apply empties the link on both sides, remembers that the two are parted, and ends the user's sessions. Only doorstep link joins them again.";

interface Options extends RunOptions {
  readonly reason: string;
}

/**
 * `doorstep unlink C`: a person parts two records.
 *
 * @returns the exit code: 0 parted, 1 a plan or a refusal, 2 usage, 3 unreachable
 */
export const unlinkCommand: RunCommand = (args, io, env) =>
  runLine("doorstep unlink", args, io, (line, exit) =>
    reasonOption(runOptions(line, "part them"), true)
      .argument("<customer>", "the customer's id", notEmpty)
      .argument("[user]", "the user's id, where several users are linked", notEmpty)
      .description(DESCRIPTION)
      .action(async (customer: string, user: string | undefined, options: Options) =>
        exit(
          await atRunPlace(options, io, env, (place) =>
            unlink(place, customer, user ?? null, options),
          ),
        ),
      ),
  );

const REFUSALS: Readonly<Record<Extract<PartDecision, { kind: "refused" }>["because"], string>> = {
  "no-user": "No user is linked with this customer.",
  "several-users": "Several users are linked with this customer: name one of them.",
  "made-for-customer":
    "Doorstep made this user for this customer, whose next login would ask for the same user. They stay linked.",
};

async function unlink(
  place: RunPlace,
  customerId: string,
  userId: string | null,
  options: Options,
): Promise<number> {
  const { io } = place;
  const { facts } = await readPair(place.gateway, customerId, userId);
  if (facts === null) {
    io.err("There is no customer of this id.\n");
    return 1;
  }
  const { customer, users } = facts;
  const decision = decidePart(facts, userId);
  if (decision.kind === "refused") {
    const { because } = decision;
    const several = because === "several-users" ? userLinesOf(users) : [];
    if (options.json === true) print(place, options, customer, null, because);
    else io.out(screenOf([...pairLines(customer, null), "", REFUSALS[because], ...several]));
    return 1;
  }
  if (options.apply !== true || options.yes !== true) {
    print(place, options, customer, decision.user, "would part");
  }
  if (options.apply !== true) {
    io.err("Nothing was written. --apply parts them.\n");
    return 1;
  }
  const effect = "part these two records and end the user's sessions";
  if (!(await isConfirmed(effect, place.database, options, io))) return 1;
  return part(place, customer, decision.user, options);
}

async function part(
  place: RunPlace,
  customer: Customer,
  user: User,
  options: Options,
): Promise<number> {
  const { reason } = options;
  return inNewRun(place, { command: "unlink", endsSessions: true, reason }, async (started) => {
    const { gateway, header } = started;
    const outcome = await partPair(gateway, customer, user);
    if (outcome !== "written") {
      place.io.err(
        "One of the records has changed meanwhile. Look again, and repeat the command.\n",
      );
      return 1;
    }
    gateway.audit.record({
      name: "link.parted",
      by: "operator",
      operator: header.by,
      runId: header.id,
      customerId: customer.id,
      ...(user.id === null ? {} : { userId: user.id }),
      reason,
    });
    print(place, options, customer, user, "parted");
    return 0;
  });
}

function print(
  { io }: RunPlace,
  { json = false }: Options,
  customer: Customer,
  user: User | null,
  result: string,
): void {
  const ids = { customer_id: customer.id, user_id: user?.id ?? null };
  if (json) io.out(`${JSON.stringify({ ...ids, result }, null, 2)}\n`);
  else
    io.out(
      screenOf([...pairLines(customer, user), ...(result === "parted" ? ["", "Parted."] : [])]),
    );
}
