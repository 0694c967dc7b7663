import { typedReference } from "../../core/reference.ts";
import { WHO } from "../../http/routes/admin/admin-operations.ts";
import type { Person } from "../../http/routes/admin/admin-shapes.ts";
import { type RunCommand, runLine } from "../command-line.ts";
import { aboutPerson, type OperatorOptions } from "../operator-options.ts";
import { personScreen } from "../output/person-screen.ts";
import { referenceText } from "../output/reference-text.ts";
import { operate, type Shown } from "../remote/operate.ts";

const DESCRIPTION =
  "Shows which records a phone or an id names, how they are linked and by what evidence, the locks of the phone, the live sessions, and what a login would do and why. Writes nothing.";

/**
 * `doorstep who`: everything that the gateway knows about a person, for an operator.
 *
 * @returns the exit code: 0 clean, 1 no such person or something to fix, 2 usage, 3 unreachable
 */
export const whoCommand: RunCommand = (args, io, env) =>
  runLine("doorstep who", args, io, (line, exit) =>
    aboutPerson(line)
      .description(DESCRIPTION)
      .action(async (who: string, options: OperatorOptions) =>
        exit(await operate(WHO, { who }, { env, io, ...options }, (person) => shown(person, who))),
      ),
  );

/** @param who as typed: a reference from the login page names no record, but an id may look like one */
function shown(person: Person, who: string): Shown {
  const { broken, customers, others, phones } = person;
  const isFound = [broken, customers, others, phones].some((list) => list.length > 0);
  const reference = isFound ? null : typedReference(who);
  return {
    screen: personScreen(person),
    code: person.clean ? 0 : 1,
    ...(reference === null ? {} : { hint: referenceText(reference) }),
  };
}
