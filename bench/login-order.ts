/** What `login-load.ts` is asked for. */
export interface LoginOrder {
  readonly url: string;
  readonly protocol: keyof typeof PROTOCOLS;
  /** Ten digits each. */
  readonly phones: readonly string[];
  readonly inFlight: number;
  /** Whether each login is the customer's first, which the answer must say where it can. */
  readonly isFirst: boolean;
}

interface Protocol {
  readonly request: { readonly path: string; readonly field: string; readonly status: number };
  readonly verify: {
    readonly path: string;
    body(phone: string, challenge: string, code: string): object;
    /** What the answer to a right code lacks, or null. */
    fault(answer: Readonly<Record<string, unknown>>, isFirst: boolean): string | null;
  };
}

/** How the servers are asked for a code, and shown one. */
export const PROTOCOLS = {
  doorstep: {
    request: { path: "/auth/otp", field: "phone", status: 202 },
    verify: {
      path: "/auth/otp/verify",
      body: (_, challenge_id, code) => ({ challenge_id, code }),
      fault(answer, isFirst) {
        if (typeof answer["refresh_token"] !== "string") return "without a refresh token";
        return answer["first_login"] === isFirst ? null : `first_login ${answer["first_login"]}`;
      },
    },
  },
  "better-auth": {
    request: { path: "/api/auth/phone-number/send-otp", field: "phoneNumber", status: 200 },
    verify: {
      path: "/api/auth/phone-number/verify",
      body: (phoneNumber, _, code) => ({ phoneNumber, code }),
      fault: ({ token }) => (typeof token === "string" ? null : "without a session"),
    },
  },
} as const satisfies Readonly<Record<string, Protocol>>;
