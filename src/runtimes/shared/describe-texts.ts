import { segmentsOf, templateSegments } from "../../adapters/sms/segments.ts";
import { CODE_LENGTH } from "../../core/otp/code.ts";
import { composeAppText, composeText, LOCALES } from "../../core/otp/message.ts";
import { messageHosts } from "../../core/otp/page-host.ts";
import type { Log } from "../../ports/log.ts";
import type { CompleteSettings } from "./complete-settings.ts";

/** The place of a value in a text that is registered with an Indian operator, and its longest value. */
const DLT_VARIABLE = "{#var#}";
const DLT_VARIABLE_LENGTH = 30;

/**
 * One line for each text: what it costs and what the operator must have on its list (docs/sms.md).
 * A warning where a message is charged more than once, or where a host is too long for a variable.
 * Then one for each text of an app that reads its messages by Android's SMS Retriever.
 */
export function describeTexts({ rules, server }: CompleteSettings, log: Log): void {
  const { message } = rules;
  const ttlSeconds = rules.challenge.ttlMs / 1000;
  const hosts = messageHosts(server, message.domain);
  const longest = hosts.reduce((a, b) => (b.length > a.length ? b : a), "");
  const [single, ...others] = hosts;
  const host = others.length === 0 ? single : DLT_VARIABLE;
  const isTooLong = host === DLT_VARIABLE && longest.length > DLT_VARIABLE_LENGTH;
  for (const language of LOCALES.filter((locale) => message.templates[locale] !== null)) {
    const counted = templateSegments(language, ttlSeconds, message, longest);
    const { encoding, segments } = counted;
    log.write(segments > 1 || isTooLong ? "warn" : "info", "text", {
      language,
      encoding,
      segments,
      register: composeText(language, DLT_VARIABLE, ttlSeconds, message, host),
      hosts: hosts.join(" "),
      sender: server.page.smsSender,
      ...(isTooLong
        ? { reason: `a host is longer than the ${DLT_VARIABLE_LENGTH} characters of a variable` }
        : {}),
    });
  }
  describeAppTexts({ rules, server }, log);
}

const TOO_LONG =
  "with the hash it has more than the 140 bytes that Android's SMS Retriever reads: it is sent without the hash, and the app cannot read it";

function describeAppTexts({ rules, server }: Pick<CompleteSettings, "rules" | "server">, log: Log) {
  const { message, oauth } = rules;
  const ttlSeconds = rules.challenge.ttlMs / 1000;
  const code = "0".repeat(CODE_LENGTH);
  for (const { clientId: client, smsAppHash } of oauth.clients) {
    if (smsAppHash === null) continue;
    for (const language of LOCALES.filter((locale) => message.templates[locale] !== null)) {
      const textFor = (shown: string) =>
        composeAppText(language, shown, ttlSeconds, message, smsAppHash, code);
      const register = textFor(DLT_VARIABLE);
      const { encoding, segments } = segmentsOf(textFor(code) ?? "");
      const sender = server.page.smsSender;
      if (register === null) log.write("warn", "text", { client, language, reason: TOO_LONG });
      else {
        const level = segments > 1 ? "warn" : "info";
        log.write(level, "text", { client, language, encoding, segments, register, sender });
      }
    }
  }
}
