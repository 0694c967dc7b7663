import { httpOrigin } from "../../config/parsers/address-parsers.ts";
import type { Phone } from "../../core/ids.ts";
import { parseTypedPhone } from "../../core/phone/phone.ts";
import type { GatewayRules } from "../../flows/gateway.ts";
import { StartError } from "../../runtimes/shared/start-error.ts";
import { type CommandOutput, notEmpty, type RunCommand, runLine } from "../command-line.ts";
import { checkProbe } from "../doctor/check-probe.ts";
import { doctorScreen } from "../doctor/doctor-screen.ts";
import type { Checked } from "../doctor/finding.ts";

const DESCRIPTION =
  "Checks the settings, the stores, the keys, the policy and the backend. Each finding says what is wrong, why it matters, and the command that mends it. It changes nothing. It has no --gateway: run it on the gateway's machine, with its settings.";
const PROBE =
  "only ask whether the backend answers this machine; run it on a machine that is not the gateway, without settings";

interface Options {
  readonly json?: boolean;
  readonly probe?: string;
  readonly sendTest?: string;
}

/**
 * `doorstep doctor`: what is wrong with this installation.
 *
 * @returns the exit code: 0 nothing to mend, 1 findings, 2 usage, 3 a store or the backend is
 * unreachable
 */
export const doctorCommand: RunCommand = (args, io, env) =>
  runLine("doorstep doctor", args, io, (line, exit) =>
    line
      .description(DESCRIPTION)
      .option("--probe <url>", PROBE, notEmpty)
      .option("--send-test <phone>", "also send a message to this phone and wait for it", notEmpty)
      .option("--json", "print the checks as JSON")
      .action(async (options: Options) => exit(await diagnose(options, io, env))),
  );

async function diagnose(
  { json = false, probe, sendTest }: Options,
  io: CommandOutput,
  env: Parameters<RunCommand>[2],
): Promise<number> {
  if (probe !== undefined) {
    const origin = httpOrigin(probe);
    if (!origin.ok) {
      io.err(`--probe ${origin.failure}\n`);
      return 2;
    }
    return shown(await checkProbe(origin.value), json, io);
  }
  const { examine } = await import("../doctor/examine.ts");
  const lines = await examine({
    env,
    testPhone: sendTest === undefined ? null : ({ rules }) => phoneOf(sendTest, rules),
  });
  return shown(lines, json, io);
}

function phoneOf(text: string, { phone: rules }: Pick<GatewayRules, "phone">): Phone {
  const phone = parseTypedPhone(text, rules);
  if (phone === null) {
    throw new StartError("--send-test is not a mobile number of ALLOWED_COUNTRIES");
  }
  return phone;
}

function shown(lines: readonly Checked[], json: boolean, io: CommandOutput): number {
  io.out(json ? `${JSON.stringify({ checks: lines }, null, 2)}\n` : doctorScreen(lines));
  if (lines.some(({ state }) => state === "unreachable")) return 3;
  return lines.some(({ state }) => state === "finding") ? 1 : 0;
}
