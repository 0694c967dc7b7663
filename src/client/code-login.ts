import type { KeptSession } from "./kept-session.ts";
import { postToGateway } from "./post-to-gateway.ts";
import { keptTokens, personIn, type SignedInPerson, type TokenAnswer } from "./token-set.ts";
import type { TokenStorage } from "./token-storage.ts";
import { listenForCode } from "./web-otp.ts";

/** A code is on its way, or would be if the number were known. */
export interface SentCode {
  readonly challenge_id: string;
  readonly channel: "sms" | "whatsapp" | "call";
  readonly code_length: number;
  /** Seconds. */
  readonly expires_in: number;
  /** Seconds until the next message on this channel. */
  readonly resend_in: number;
}

/** The phone is proven and has several customers: one must be chosen. */
export interface OfferedCustomers {
  readonly selection_token: string;
  readonly customers: readonly {
    readonly customer_v2_id: string;
    readonly name: string;
    readonly area: string;
    readonly address_hint: string;
    readonly status: "trial" | "active" | "paused" | "stopped";
  }[];
}

export interface CodeOptions {
  readonly channel?: SentCode["channel"];
  /** The language of the message. */
  readonly locale?: string;
  /** Called with the code of the SMS, where the browser reads it (WebOTP). */
  readonly onCode?: (code: string) => void;
}

/** A login. `first_login`: it linked the customer to an account. */
export type CodeLogin = SignedInPerson & { readonly first_login: boolean };

export interface CodeLogins {
  /** Asks for a code. Listening for the SMS begins before the request leaves. */
  requestCode(phone: string, options?: CodeOptions): Promise<SentCode>;
  /** Sends the same code once more. */
  resendCode(asked: SentCode, channel?: SentCode["channel"]): Promise<SentCode>;
  /**
   * Shows the code. After `offline`, show it once more: either it never arrived and works now, or its
   * answer got lost. A code works once, so it is `otp-rejected` then, and a new one must be asked for.
   */
  verifyCode(asked: SentCode, code: string): Promise<CodeLogin | OfferedCustomers>;
  selectCustomer(choice: OfferedCustomers, customerId: string): Promise<CodeLogin>;
  /** Ends the listening for the SMS: call it when the customer types, or leaves. */
  stopListening(): void;
}

/** @param deviceKey of the device's token: it gets codes even while strangers have locked the phone */
export function codeLogins(
  url: string,
  deviceKey: string,
  opened: Promise<TokenStorage>,
  { adopt }: Pick<KeptSession, "adopt">,
): CodeLogins {
  let stopListening = () => {};

  async function loggedIn(answer: TokenAnswer): Promise<CodeLogin> {
    const { device_token = "", first_login = false } = answer;
    await (await opened).setItem(deviceKey, device_token);
    await adopt(keptTokens(answer, undefined));
    return { ...personIn(answer), first_login };
  }

  return {
    stopListening: () => stopListening(),
    async requestCode(phone, { onCode, ...options } = {}) {
      stopListening();
      // Its own: a failure must not end the listening of a later request.
      const stop = onCode ? listenForCode(onCode) : () => {};
      stopListening = stop;
      try {
        const device_token = (await (await opened).getItem(deviceKey)) || undefined;
        return await postToGateway(`${url}/auth/otp`, { phone, device_token, ...options });
      } catch (error) {
        stop();
        throw error;
      }
    },
    resendCode: ({ challenge_id }, channel) =>
      postToGateway(`${url}/auth/otp/resend`, { challenge_id, channel }),
    async verifyCode({ challenge_id }, code) {
      stopListening();
      const asked = { challenge_id, code };
      const answer = await postToGateway<TokenAnswer | OfferedCustomers>(
        `${url}/auth/otp/verify`,
        asked,
      );
      return "customers" in answer ? answer : loggedIn(answer);
    },
    async selectCustomer({ selection_token }, customer_v2_id) {
      const asked = { selection_token, customer_v2_id };
      return loggedIn(await postToGateway(`${url}/auth/otp/select`, asked));
    },
  };
}
