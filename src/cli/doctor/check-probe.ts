import { askBackend, isAnswer } from "./ask-backend.ts";
import { type Checked, finding, good, unknown } from "./finding.ts";

const CHECK = "probe";
/** A firewall refuses, drops or rejects. */
const CLOSED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "ETIMEDOUT",
  "EHOSTUNREACH",
]);
/** Nothing was asked: the name or the network is missing. */
const NOT_ASKED: ReadonlySet<string> = new Set(["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH"]);

/** Whether the backend answers a machine that is not the gateway. Run it on such a machine. */
export async function checkProbe(url: string): Promise<readonly Checked[]> {
  const answer = await askBackend(url, null);
  if (!isAnswer(answer) && NOT_ASKED.has(answer.code)) {
    return [unknown(CHECK, `that address cannot be asked from this machine (${answer.code})`)];
  }
  if (!isAnswer(answer) && CLOSED.has(answer.code)) {
    return [good(CHECK, `no connection from this machine (${answer.code})`)];
  }
  const said = isAnswer(answer) ? `answers ${answer.status}` : `listens (${answer.code})`;
  return [
    finding(CHECK, {
      what: `the backend ${said} to this machine, past the gateway`,
      why: "Whoever reaches it there is judged by no rule, and any old token works.",
      mend: "Let its firewall accept the gateway's addresses only, or bind it to a private one.",
    }),
  ];
}
