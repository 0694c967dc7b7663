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

/**
 * Twilio's API by `fetch`, for a running gateway. The SDK takes 130 ms to load, is
 * larger than a Worker may be, and opens a connection for each message, with a TLS handshake. Here
 * messages share connections. Node closes one that was idle for four seconds, so that it is rarely Twilio's end
 * that closes first: a connection that is cut while a message leaves counts as an accepted message,
 * and such a message is not repeated.
 */
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
