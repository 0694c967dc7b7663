import type { Customer, UsableUser, User } from "../../core/linking/documents.ts";
import { decideJoin, type JoinRefusal } from "../../core/linking/pair.ts";
import { joinPair } from "../../flows/operator/linking/write-pair.ts";
import { readPair } from "../../flows/operator/reading/read-pair.ts";
import { isConfirmed } from "../apply.ts";
import { notEmpty, type RunCommand, runLine } from "../command-line.ts";
import { type LinkEverythingOptions, linkEverything } from "../link-everything.ts";
import { reasonOption } from "../operator-options.ts";
import { pairLines } from "../output/pair-screen.ts";
import { screenOf } from "../output/printable.ts";
import { atRunPlace, inNewRun, type RunPlace, runOptions } from "../run-place.ts";

const DESCRIPTION = `Without arguments: links every customer with certain evidence, as a login would. The plan says how many; --apply writes them. Safe beside live logins, and after a kill the next run goes on.

With both ids: joins these two records, as a person's decision. Shows both; --apply writes all three fields of the link. Refuses staff, users without an id of their own, and records that are linked with another one.`;

type Options = LinkEverythingOptions;

/**
 * `doorstep link`: every certain link. `doorstep link C U`: a person joins two records.
 *
 * @returns the exit code: 0 joined, 1 a plan or a refusal, 2 usage, 3 unreachable
 */
export const linkCommand: RunCommand = (args, io, env) =>
  runLine("doorstep link", args, io, (line, exit) =>
    reasonOption(runOptions(line, "write the links"), false)
      .argument("[customer]", "the customer's id", notEmpty)
      .argument("[user]", "the user's id", notEmpty)
      .option("--by-phone", "without ids: link by phone and name as well")
      .option("--list", "without ids: print one line for each link")
      .description(DESCRIPTION)
      .action(async (customer: string | undefined, user: string | undefined, options: Options) => {
        if (customer !== undefined && user === undefined) {
          io.err("A person's link needs both ids: doorstep link CUSTOMER USER.\n");
          return exit(2);
        }
        const work = (place: RunPlace) =>
          customer === undefined || user === undefined
            ? linkEverything(place, options)
            : linkPair(place, customer, user, options);
        exit(await atRunPlace(options, io, env, work));
      }),
  );

const REFUSALS: Readonly<Record<JoinRefusal["because"], string>> = {
  "customer-id-shared": "Another customers_v2 document has the same id: mend that first.",
  "user-unusable":
    "The user must have the role customer, an id, and no other document with the same id.",
  "user-made-for-another": "Doorstep made this user for another customer.",
  "user-linked": "The user is linked with another customer: unlink that one first.",
  "customer-linked": "The customer is linked with another user: unlink that one first.",
};

async function linkPair(
  place: RunPlace,
  customerId: string,
  userId: string,
  options: Options,
): Promise<number> {
  const { io } = place;
  const { facts, user } = await readPair(place.gateway, customerId, userId);
  if (facts === null || user === null) {
    io.err(`There is no ${facts === null ? "customer" : "user"} of this id.\n`);
    return 1;
  }
  const decision = decideJoin(facts, user);
  const show = (result: string, detail: string) =>
    print(place, options, facts.customer, user, { result, detail });
  if (decision.kind === "joined") return show("joined", "They are linked already.");
  if (decision.kind === "refused") {
    const { because, other } = decision.refusal;
    show(because, [REFUSALS[because], ...(other === null ? [] : [`It is ${other}.`])].join(" "));
    return 1;
  }
  if (options.apply !== true) {
    show("would join", "");
    io.err("Nothing was written. --apply joins them.\n");
    return 1;
  }
  if (options.yes !== true) show("would join", "");
  if (!(await isConfirmed("link these two records", place.database, options, io))) return 1;
  return join(place, facts.customer, decision.user, options);
}

async function join(
  place: RunPlace,
  customer: Customer,
  user: UsableUser,
  options: Options,
): Promise<number> {
  const { reason } = options;
  const purpose = { command: "link", endsSessions: true, ...(reason ? { reason } : {}) };
  return inNewRun(place, purpose, async ({ gateway, header }) => {
    const outcome = await joinPair(gateway, customer, user);
    if (outcome !== "written") {
      place.io.err(
        outcome === "lost"
          ? "One of the records has changed meanwhile. Nothing was written: look again.\n"
          : "An index of the database refuses the link: another customer has the same user_id.\n",
      );
      return 1;
    }
    gateway.audit.record({
      name: "link.joined",
      by: "operator",
      operator: header.by,
      runId: header.id,
      customerId: customer.id,
      userId: user.id,
      ...(reason ? { reason } : {}),
    });
    return print(place, options, customer, user, { result: "joined", detail: "Linked." });
  });
}

interface Outcome {
  readonly result: string;
  readonly detail: string;
}

function print(
  { io }: RunPlace,
  { json = false }: Options,
  customer: Customer,
  user: User,
  { detail, result }: Outcome,
): number {
  if (json) {
    io.out(`${JSON.stringify({ customer_id: customer.id, user_id: user.id, result }, null, 2)}\n`);
  } else io.out(screenOf([...pairLines(customer, user), ...(detail === "" ? [] : ["", detail])]));
  return 0;
}
