import { parsedJson } from "../../core/json.ts";
import { lostBy, TIMED_OUT } from "./network-error.ts";
import {
  retryAfterMs,
  type TwilioAccess,
  type TwilioAnswer,
  type TwilioResource,
  type TwilioTransport,
  urlOf,
} from "./transport.ts";

/** Twilio's API by `fetch`, for runtimes where the SDK is too large. */
export function fetchTransport({ accountSid, apiUrl, authToken }: TwilioAccess): TwilioTransport {
  const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
  const ask = async (
    resource: TwilioResource,
    timeoutMs: number,
    more: RequestInit,
  ): Promise<TwilioAnswer> => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(urlOf(resource, apiUrl), {
        ...more,
        headers: { authorization, accept: "application/json" },
        redirect: "manual",
        signal,
      });
      return {
        kind: "answered",
        status: response.status,
        body: parsedJson(await response.text()) ?? null,
        retryAfterMs: retryAfterMs(response.headers.get("retry-after")),
      };
    } catch (error) {
      return signal.aborted ? TIMED_OUT : lostBy(error);
    }
  };
  return {
    post: (request, timeoutMs) =>
      ask(request, timeoutMs, { method: "POST", body: new URLSearchParams(request.form) }),
    get: (resource, timeoutMs) => ask(resource, timeoutMs, { method: "GET" }),
  };
}
