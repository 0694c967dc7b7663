import type { EnvironmentRecord } from "../../config/load-settings.ts";
import { parsedJson } from "../../core/json.ts";
import { trustWarnings } from "../../runtimes/node/node.ts";
import { loadNodeSettings } from "../../runtimes/node/node-settings.ts";
import type { CompleteSettings } from "../../runtimes/shared/complete-settings.ts";
import { StartError } from "../../runtimes/shared/start-error.ts";
import { type Checked, finding, good } from "./finding.ts";

const CHECK = "settings";
const MEND = "Correct it in the environment; docs/settings.md explains every setting.";

/** The settings as `serve` reads them. @returns null for settings that stop the start */
export async function checkSettings(env: EnvironmentRecord): Promise<{
  readonly settings: CompleteSettings | null;
  readonly lines: readonly Checked[];
}> {
  try {
    const { settings, warnings } = await loadNodeSettings(env);
    const lines = [...warnings, ...trustWarnings(settings)].map(({ reason, setting }) =>
      finding(CHECK, {
        what: `${setting} ${reason}`,
        why: "The gateway starts with it, and it is probably a mistake.",
        mend: MEND,
      }),
    );
    return { settings, lines: lines.length > 0 ? lines : [good(CHECK, summaryOf(settings))] };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { settings: null, lines: stopped(error) };
  }
}

/** A fault that stops the start: its first line is a heading where more lines follow. */
export function stopped({ message }: StartError): readonly Checked[] {
  const [first = "", ...others] = message.split("\n");
  return (others.length > 0 ? others : [first]).map((line) =>
    finding(CHECK, { what: line.trim(), why: "The gateway does not start with it.", mend: MEND }),
  );
}

const summaryOf = ({ environment, smsProvider, store }: CompleteSettings): string =>
  [
    environment,
    store.mongoUrl === null ? "documents in SQLite" : "documents in MongoDB",
    store.redisUrl === null ? "codes and sessions in SQLite" : "codes and sessions in Redis",
    `messages by ${smsProvider}`,
  ].join(", ");

/** Warnings of the start that are in its log alone, by the event of the line. */
const WARNINGS: Readonly<Record<string, (line: LogLine) => readonly [what: string, why: string]>> =
  {
    text: ({ language, reason, segments }) => [
      reason === undefined
        ? `the text in ${String(language)} takes ${String(segments)} segments`
        : `the text in ${String(language)}: ${String(reason)}`,
      "Each segment is charged as a message, and a text with too long a value is dropped.",
    ],
    "no-callbacks": ({ reason }) => [
      String(reason),
      "No delivery report arrives, and no call can be made.",
    ],
    "test-phone-over": ({ entry }) => [
      `entry ${String(entry)} of TEST_PHONES is over`,
      "The review of the app cannot log in with it.",
    ],
  };

type LogLine = Readonly<Record<string, unknown>>;

/** The findings in the lines that the parts logged while they were opened. */
export function loggedFindings(lines: readonly string[]): readonly Checked[] {
  return lines.flatMap((text) => {
    const line = (parsedJson(text) ?? {}) as LogLine;
    if (line["level"] !== "warn") return [];
    const warning = WARNINGS[String(line["event"])];
    if (warning === undefined) return [];
    const [what, why] = warning(line);
    return [finding(CHECK, { what, why, mend: MEND })];
  });
}
