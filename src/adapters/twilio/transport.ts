/** `api` is the 2010 API with messages and calls; each later product has a host of its own. */
type TwilioProduct = "api" | "verify";

export interface TwilioResource {
  readonly product: TwilioProduct;
  /** From the host on. May hold a phone (Verify): never log it. */
  readonly path: string;
}

export interface TwilioRequest extends TwilioResource {
  readonly form: Readonly<Record<string, string>>;
}

interface TwilioAnswered {
  readonly kind: "answered";
  readonly status: number;
  /** The JSON value, or null where the body is not JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | null;
}

export interface TwilioLost {
  readonly kind: "lost";
  readonly reason: "timeout" | "network";
  /**
   * True where no byte of the request can have left: nothing was accepted, and a repeat is safe.
   */
  readonly neverLeft: boolean;
  /** The system's code for the failure, such as `ECONNREFUSED`. */
  readonly detail: string | null;
}

export type TwilioAnswer = TwilioAnswered | TwilioLost;

/** One request, sent at most once and never redirected. Never throws. */
export interface TwilioTransport {
  post(request: TwilioRequest, timeoutMs: number): Promise<TwilioAnswer>;
  get(resource: TwilioResource, timeoutMs: number): Promise<TwilioAnswer>;
}

export interface TwilioAccess {
  readonly accountSid: string;
  readonly authToken: string;
  /** TWILIO_API_URL, in place of all of Twilio's hosts; null for Twilio itself. */
  readonly apiUrl: string | null;
}

const HOSTS: Readonly<Record<TwilioProduct, string>> = {
  api: "https://api.twilio.com",
  verify: "https://verify.twilio.com",
};

export function urlOf({ path, product }: TwilioResource, apiUrl: string | null): string {
  return `${(apiUrl ?? HOSTS[product]).replace(/\/+$/, "")}${path}`;
}

/** RFC 9110 section 10.2.3, in seconds; Twilio does not use the date form. */
export function retryAfterMs(header: unknown): number | null {
  return typeof header === "string" && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}
