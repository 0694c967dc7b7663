import { withinTime } from "../../ports/deadline.ts";
import { lostBy, TIMED_OUT } from "./network-error.ts";
import {
  retryAfterMs,
  type TwilioAccess,
  type TwilioAnswer,
  type TwilioResource,
  type TwilioTransport,
  urlOf,
} from "./transport.ts";

type Client = import("twilio").Twilio;
type Asked = Pick<Parameters<Client["request"]>[0], "method" | "data">;

/** How much later than our own timer the SDK closes the connection: our timer decides. */
const SDK_GRACE_MS = 1_000;

/**
 * Twilio's API through the request client of its SDK, for `doctor`: an operator who doubts our own
 * transport has Twilio's beside it. The SDK is loaded at the first request, because it takes 130 ms. Each request has a connection of its own: on a reused one, a
 * close by the server looks like an accepted request.
 */
export function sdkTransport(access: TwilioAccess): TwilioTransport {
  let loading: Promise<Client> | null = null;
  const load = (): Promise<Client> => {
    loading ??= loadClient(access).catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  };
  const ask = async (
    resource: TwilioResource,
    timeoutMs: number,
    asked: Asked,
  ): Promise<TwilioAnswer> => {
    let client: Client;
    try {
      client = await load();
    } catch (error) {
      return { ...lostBy(error), neverLeft: true };
    }
    const uri = urlOf(resource, access.apiUrl);
    const answer = askWith(client, uri, asked, timeoutMs + SDK_GRACE_MS);
    // The SDK cannot be aborted, and its own time-out starts anew with every byte.
    return withinTime(answer, timeoutMs).catch(() => TIMED_OUT);
  };
  return {
    post: (request, timeoutMs) =>
      ask(request, timeoutMs, { method: "post", data: { ...request.form } }),
    get: (resource, timeoutMs) => ask(resource, timeoutMs, { method: "get" }),
  };
}

async function loadClient({ accountSid, authToken }: TwilioAccess): Promise<Client> {
  const { Twilio } = (await import("twilio")).default;
  return new Twilio(accountSid, authToken, {
    accountSid,
    autoRetry: false,
    keepAlive: false,
    // Otherwise TWILIO_EDGE and TWILIO_REGION would change the host, past our settings.
    edge: "",
    region: "",
  });
}

async function askWith(
  client: Client,
  uri: string,
  asked: Asked,
  timeout: number,
): Promise<TwilioAnswer> {
  try {
    const response = await client.request({
      ...asked,
      uri,
      timeout,
      allowRedirects: false,
      // Otherwise TWILIO_LOG_LEVEL=debug prints the URL, which may hold a phone.
      logLevel: "error",
    });
    const { body, headers, statusCode } = response;
    return {
      kind: "answered",
      status: statusCode,
      // The SDK returns a body that is not JSON as text.
      body: typeof body === "object" ? body : null,
      retryAfterMs: retryAfterMs(headers?.["retry-after"]),
    };
  } catch (error) {
    return lostBy(error);
  }
}
