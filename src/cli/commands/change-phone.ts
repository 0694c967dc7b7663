import { shownPhone } from "../../core/phone/phone.ts";
import {
  applyPhoneChange,
  type PhoneChange,
  planPhoneChange,
} from "../../flows/operator/change-phone.ts";
import { wholeSearch } from "../../flows/operator/reading/search-spellings.ts";
import { isConfirmed } from "../apply.ts";
import { notEmpty, type RunCommand, runLine } from "../command-line.ts";
import { reasonOption } from "../operator-options.ts";
import { pairLines } from "../output/pair-screen.ts";
import { screenOf } from "../output/printable.ts";
import { tableLines } from "../output/text-table.ts";
import { atRunPlace, inNewRun, type RunOptions, type RunPlace, runOptions } from "../run-place.ts";

const DESCRIPTION =
  "Gives a customer a new number, in customers_v2 and in the linked user. Shows both records; --apply writes and ends the sessions, which were proven with the old number. Refused where another customer has the number, unless --shared says that they share it.";

interface Options extends RunOptions {
  readonly reason: string;
  readonly shared?: boolean;
}

/**
 * `doorstep change-phone C NEW`: a customer's new number.
 *
 * @returns the exit code: 0 written, 1 a plan or a refusal, 2 usage, 3 unreachable
 */
export const changePhoneCommand: RunCommand = (args, io, env) =>
  runLine("doorstep change-phone", args, io, (line, exit) =>
    reasonOption(runOptions(line, "write it"), true)
      .argument("<customer>", "the customer's id", notEmpty)
      .argument("<phone>", "the new number", notEmpty)
      .option("--shared", "the number is shared with its other customers")
      .description(DESCRIPTION)
      .action(async (customer: string, phone: string, options: Options) =>
        exit(
          await atRunPlace(options, io, env, (place) =>
            changePhone(place, customer, phone, options),
          ),
        ),
      ),
  );

const REFUSALS = {
  "phone-unsupported": [2, "That is not a mobile number of ALLOWED_COUNTRIES."],
  "no-customer": [1, "There is no customer of this id."],
  "customer-id-shared": [1, "Another customers_v2 document has the same id: mend that first."],
} as const;

async function changePhone(
  place: RunPlace,
  customerId: string,
  typed: string,
  options: Options,
): Promise<number> {
  const { database, gateway, io } = place;
  const search = wholeSearch(gateway);
  const planned = await planPhoneChange(gateway, customerId, typed, search);
  if (!planned.ok) {
    const [code, sentence] = REFUSALS[planned.failure.reason];
    io.err(`${sentence}\n`);
    return code;
  }
  const change = planned.value;
  const { holders, isSame } = change;
  if (isSame) return print(place, options, change, "The customer has this number already.", 0);
  if (holders.length > 0 && options.shared !== true) {
    return print(place, options, change, "Refused: --shared says that they share the number.", 1);
  }
  if (options.apply !== true) {
    print(place, options, change, `Would become ${shownPhone(change.phone)}.`, 1);
    io.err("Nothing was written. --apply writes it.\n");
    return 1;
  }
  if (options.yes !== true) io.err(screenOf(linesOf(change)));
  const effect = "change the number of this customer and end the sessions";
  if (!(await isConfirmed(effect, database, options, io))) return 1;
  return write(place, change, options);
}

async function write(place: RunPlace, change: PhoneChange, options: Options): Promise<number> {
  const { reason } = options;
  const purpose = { command: "change-phone", endsSessions: true, reason };
  return inNewRun(place, purpose, async ({ gateway, header }) => {
    if ((await applyPhoneChange(gateway, change)) === "lost") {
      place.io.err("One of the records has changed meanwhile. Nothing was written: look again.\n");
      return 1;
    }
    const { customer, user } = change;
    gateway.audit.record({
      name: "phone.changed",
      by: "operator",
      operator: header.by,
      runId: header.id,
      reason,
      customerId: customer.id,
      ...(user === null ? {} : { userId: user.id }),
    });
    return print(place, options, change, "Changed.", 0);
  });
}

const linesOf = ({ customer, holders, user }: PhoneChange): readonly string[] => [
  ...pairLines(customer, user),
  ...(holders.length === 0 ? [] : ["", "Other customers with the new number:"]),
  ...tableLines(holders.map(({ id, name, status }) => [`  ${id}`, name, status ?? "stopped"])),
];

function print(
  { io }: RunPlace,
  { json = false }: Options,
  change: PhoneChange,
  result: string,
  code: 0 | 1,
): 0 | 1 {
  const { customer, holders, user } = change;
  const report = {
    customer_id: customer.id,
    user_id: user?.id ?? null,
    holders: holders.map(({ id }) => id),
    result,
  };
  if (json) io.out(`${JSON.stringify(report, null, 2)}\n`);
  else io.out(screenOf([...linesOf(change), "", result]));
  return code;
}
