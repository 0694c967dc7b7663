import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import twilio from "twilio";
import {
  TWILIO_ACCOUNT as ACCOUNT,
  type AcceptedMessage,
  type Form,
  ownAccount,
  refusal,
  type TwilioOutcome,
  verifyServiceItself,
} from "./twilio-account.ts";
import { actionIn, createCall, createMessage, heardIn } from "./twilio-messages.ts";
import { type VerifyService, verifyService } from "./twilio-verify.ts";

/** What goes wrong with a request, after Twilio took the message on or before. */
export type TwilioFault =
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "drop"; readonly accepts: boolean }
  | {
      readonly kind: "answer";
      readonly status: number;
      /** The body; by default Twilio's own for the status. Text that is no JSON is rubbish. */
      readonly text?: string;
      readonly accepts?: boolean;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface TwilioStandIn {
  /** For TWILIO_API_URL. */
  readonly url: string;
  /** In the order of their acceptance. */
  readonly accepted: readonly AcceptedMessage[];
  /** Every request that came whole, refused ones too. */
  readonly received: readonly { readonly path: string; readonly form: Form }[];
  readonly verifications: VerifyService["verifications"];
  /** How many times the gateway asked for its own account or service; those are not `received`. */
  readonly probes: () => number;
  /** What the answer to every probe is from now on; null: as it should be. */
  answerProbes(fault: TwilioFault | null): void;
  /** The next `times` requests fail so; without a count, all until `heal`. */
  fail(fault: TwilioFault, times?: number): void;
  heal(): void;
  /** Posts a signed status callback for an accepted message. @returns the status of the answer */
  report(sid: string, status: string, errorCode?: string): Promise<number>;
  stop(): Promise<void>;
}

export interface TwilioStandInOptions {
  readonly port?: number;
  /** Epoch ms; Verify forgets after ten minutes. */
  readonly now?: () => number;
  /** Reaches the gateway from here, in the place of its PUBLIC_URL. */
  readonly reach?: (url: string, init: RequestInit) => Promise<Response>;
}

/** A server on loopback that takes and refuses what Twilio takes and refuses. */
export async function startTwilio(options: TwilioStandInOptions = {}): Promise<TwilioStandIn> {
  const accepted: AcceptedMessage[] = [];
  const received: { path: string; form: Form }[] = [];
  const verify = verifyService(options.now ?? Date.now);
  const faults = faultPlan();
  const probed = { count: 0, fault: null as TwilioFault | null };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const form = Object.fromEntries(new URLSearchParams(await text(request)));
    const path = request.url ?? "";
    const asked = request.method === "GET" ? messageIn(path, accepted) : null;
    if (asked !== null) return answer(response, 200, JSON.stringify(asked));
    const isProbe = request.method === "GET";
    if (isProbe) probed.count++;
    else received.push({ path, form });
    const fault = isProbe ? probed.fault : faults.take();
    const accepts = fault === null || fault.kind === "delay" || fault.accepts === true;
    const outcome = accepts ? outcomeOf(request, path, form, verify) : refusal(20500, "Failed");
    if (outcome.accepted !== undefined)
      accepted.push(await answered(outcome.accepted, options.reach));
    if (fault?.kind === "delay") await sleep(fault.ms, undefined, { ref: false });
    if (fault?.kind === "drop") request.socket.destroy();
    else if (fault?.kind === "answer") answerBadly(response, fault);
    else answer(response, outcome.status, JSON.stringify(outcome.body));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: urlOf(server),
    accepted,
    received,
    verifications: verify.verifications,
    fail: faults.plan,
    heal: faults.heal,
    probes: () => probed.count,
    answerProbes: (fault) => {
      probed.fault = fault;
    },
    async report(sid, status, errorCode) {
      const message = accepted.find((each) => each.sid === sid);
      return postReport(message, status, errorCode);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A message or call that somebody asks for: everything accepted is delivered at once. */
function messageIn(path: string, accepted: readonly AcceptedMessage[]): object | null {
  const [, sid] = /\/(?:Messages|Calls)\/(\w+)\.json$/.exec(path) ?? [];
  const message = accepted.find((each) => each.sid === sid);
  if (message === undefined) return null;
  const status = message.channel === "call" ? "completed" : "delivered";
  return { sid, status, error_code: null, to: message.to };
}

function faultPlan() {
  let planned: { readonly fault: TwilioFault; left: number } | null = null;
  return {
    plan: (fault: TwilioFault, times = Number.POSITIVE_INFINITY): void => {
      planned = { fault, left: times };
    },
    heal: (): void => {
      planned = null;
    },
    take: (): TwilioFault | null => {
      if (planned === null || planned.left === 0) return null;
      planned.left--;
      return planned.fault;
    },
  };
}

function outcomeOf(
  { headers, method }: IncomingMessage,
  path: string,
  form: Form,
  verify: VerifyService,
): TwilioOutcome {
  const credentials = btoa(`${ACCOUNT.accountSid}:${ACCOUNT.authToken}`);
  if (headers.authorization !== `Basic ${credentials}`) return refusal(20003, "Authenticate");
  const account = `/2010-04-01/Accounts/${ACCOUNT.accountSid}`;
  const service = `/v2/Services/${ACCOUNT.verifyServiceSid}`;
  if (method === "GET" && path === `${account}.json`) return ownAccount();
  if (method === "GET" && path === service) return verifyServiceItself();
  if (method !== "POST") return refusal(20004, "Method not allowed");
  if (!headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    return refusal(20001, "The content type is not supported");
  }
  const verifications = `${service}/Verifications`;
  if (path === `${account}/Messages.json`) return createMessage(form);
  if (path === `${account}/Calls.json`) return createCall(form);
  if (path === verifications) return verify.start(form);
  if (path.startsWith(`${verifications}/`)) {
    return verify.update(decodeURIComponent(path.slice(verifications.length + 1)), form);
  }
  return refusal(20404, `The requested resource ${path} was not found`);
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json", "twilio-request-id": "RQ0" });
  response.end(body);
}

const OWN_NUMBERS: Readonly<Record<number, number>> = { 429: 20429, 500: 20500, 503: 20503 };

function answerBadly(
  response: ServerResponse,
  { headers, status, text: body }: Extract<TwilioFault, { kind: "answer" }>,
): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  const number = OWN_NUMBERS[status] ?? 20001;
  const own = { code: number, message: "Not now", more_info: "", status };
  answer(response, status, body ?? JSON.stringify(own));
}

/** A person takes the call, presses a key and hears the code; where nobody can be asked, none. */
async function answered(
  call: AcceptedMessage,
  reach: TwilioStandInOptions["reach"],
): Promise<AcceptedMessage> {
  const action = actionIn(call.form["Twiml"] ?? "");
  if (action === null) return call;
  const { sid, to } = call;
  const form = { AccountSid: ACCOUNT.accountSid, CallSid: sid, To: to, Digits: "1" };
  const response = await postSigned(action, form, reach).catch(() => null);
  return { ...call, code: heardIn((await response?.text()) ?? "") };
}

function postSigned(
  url: string,
  form: Readonly<Record<string, string>>,
  reach: NonNullable<TwilioStandInOptions["reach"]> = fetch,
): Promise<Response> {
  const signature = twilio.getExpectedTwilioSignature(ACCOUNT.authToken, url, form);
  const headers = { "x-twilio-signature": signature };
  return reach(url, { method: "POST", headers, body: new URLSearchParams(form) });
}

/** As Twilio posts it: https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks */
async function postReport(
  message: AcceptedMessage | undefined,
  status: string,
  errorCode?: string,
): Promise<number> {
  const url = message?.form["StatusCallback"];
  if (message === undefined || url === undefined)
    throw new Error("no status callback was asked for");
  const { channel, sid, to } = message;
  const form: Record<string, string> = {
    AccountSid: ACCOUNT.accountSid,
    ApiVersion: "2010-04-01",
    To: to,
    From: message.form["From"] ?? ACCOUNT.from,
    ...(channel === "call"
      ? { CallSid: sid, CallStatus: status, CallDuration: "24" }
      : { MessageSid: sid, SmsSid: sid, MessageStatus: status, SmsStatus: status }),
    ...(errorCode !== undefined && { ErrorCode: errorCode }),
  };
  const response = await postSigned(url, form);
  await response.body?.cancel();
  return response.status;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}
