import { CHANNELS } from "../../core/otp/message.ts";
import { fail, ok } from "../../core/result.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { CodeSender } from "../../ports/sms.ts";
import { type CircuitSenderOptions, circuitSender, type SendOnce } from "../sms/circuit-sender.ts";
import { failureOf } from "./failure-codes.ts";
import { patientPost } from "./patient-post.ts";
import { twilioProbe } from "./probe.ts";
import { STATUS_PATH } from "./reports.ts";
import {
  accountOf,
  approval,
  type MessageRoute,
  messagingRoutes,
  type Routes,
  type TwilioSenders,
  verifyRoutes,
  verifyServiceOf,
} from "./requests.ts";
import type { TwilioAnswer, TwilioResource, TwilioTransport } from "./transport.ts";
import { VOICE_PATH } from "./voice-calls.ts";

const TIMEOUT_MS = 8_000;

interface CommonOptions extends Pick<CircuitSenderOptions, "log" | "circuit"> {
  /** `fetchTransport` in a gateway, `sdkTransport` in `doctor`. */
  readonly transport: TwilioTransport;
  readonly runtime: Pick<Runtime, "now" | "sleep" | "randomBytes">;
  /** For one message, repeated tries included. */
  readonly timeoutMs?: number;
}

export interface TwilioSenderOptions extends CommonOptions {
  readonly senders: TwilioSenders;
  readonly brand: string;
  readonly codeTtlSeconds: number;
  /** PUBLIC_URL, or null where Twilio cannot call us back. */
  readonly publicUrl: string | null;
}

export interface TwilioVerifySenderOptions extends CommonOptions {
  readonly verifyServiceSid: string;
}

/** SMS, WhatsApp and calls in our own words; a channel without its settings is not offered. */
export function twilioSender(options: TwilioSenderOptions): CodeSender {
  const { brand, codeTtlSeconds, publicUrl, senders } = options;
  const statusUrl = publicUrl === null ? null : `${publicUrl}${STATUS_PATH}`;
  const voiceUrl = publicUrl === null ? null : `${publicUrl}${VOICE_PATH}`;
  const routes = messagingRoutes(senders, { brand, codeTtlSeconds, statusUrl, voiceUrl });
  return {
    ...createSender("twilio", routes, accountOf(senders.accountSid), options),
    reportShown: async () => undefined,
  };
}

/** Twilio Verify sends our code in its own words, and is told when the code was entered. */
export function twilioVerifySender(options: TwilioVerifySenderOptions): CodeSender {
  const { log, verifyServiceSid } = options;
  const post = poster(options);
  return {
    ...createSender(
      "twilio-verify",
      verifyRoutes(verifyServiceSid),
      verifyServiceOf(verifyServiceSid),
      options,
      faultOfService,
    ),
    async reportShown(to) {
      const answer = await post(approval(verifyServiceSid, to));
      // 404: no verification is pending. It expired, or was approved before.
      if (isSuccess(answer) || (answer.kind === "answered" && answer.status === 404)) return;
      const reason = failureOf(answer).code;
      log.write("warn", "report-shown-failed", { provider: "twilio-verify", reason });
    },
  };
}

/** https://www.twilio.com/docs/verify/api/service: Verify makes the calls, so it must ask. */
function faultOfService(body: unknown): string | null {
  const { dtmf_input_required: asks } = (body ?? {}) as Readonly<Record<string, unknown>>;
  return asks === false
    ? "the Verify service says the code without a key press, so a voicemail records it: set DtmfInputRequired"
    : null;
}

function createSender(
  provider: string,
  routes: Routes,
  resource: TwilioResource,
  options: CommonOptions,
  faultOf: (body: unknown) => string | null = () => null,
): Omit<CodeSender, "reportShown"> {
  const post = poster(options);
  const channels = CHANNELS.flatMap((channel) => {
    const route = routes[channel];
    return route === null ? [] : [[channel, sendBy(post, route)] as const];
  });
  return {
    ...circuitSender({ ...options, provider, channels: new Map(channels) }),
    probe: twilioProbe({ ...options, provider, resource, faultOf }),
  };
}

function sendBy(post: ReturnType<typeof poster>, route: MessageRoute): SendOnce {
  return async (message) => {
    const answer = await post(route(message));
    const messageId = isSuccess(answer) ? sidOf(answer) : null;
    return messageId === null ? fail(failureOf(answer)) : ok({ messageId });
  };
}

function poster({ runtime, timeoutMs = TIMEOUT_MS, transport }: CommonOptions) {
  return patientPost.bind(null, { transport, runtime, timeoutMs });
}

const isSuccess = (answer: TwilioAnswer): boolean =>
  answer.kind === "answered" && answer.status >= 200 && answer.status < 300;

/** The SID of the new message, call or verification. */
function sidOf(answer: TwilioAnswer): string | null {
  if (answer.kind !== "answered" || typeof answer.body !== "object" || answer.body === null) {
    return null;
  }
  const { sid } = answer.body as Readonly<Record<string, unknown>>;
  return typeof sid === "string" && /^(?:SM|MM|CA|VE)[0-9a-f]{32}$/i.test(sid) ? sid : null;
}
