/** What the page did with the stubbed WebOTP. */
export interface WebOtp {
  deliver(code: string): void;
  readonly asked: number;
  readonly aborted: number;
}

/**
 * Stands in for WebOTP, which no Chromium without a telephone has, as `window.otp`. Runs in the
 * page, before its script (`evaluateOnNewDocument`).
 */
export function stubWebOtp(): void {
  const calls: { resolve(value: unknown): void }[] = [];
  const seen = { asked: 0, aborted: 0, deliver: (code: string) => calls.at(-1)?.resolve({ code }) };
  Object.assign(window, { otp: seen, OTPCredential: class {} });
  navigator.credentials.get = ((options: { otp: unknown; signal: AbortSignal }) => {
    seen.asked++;
    return new Promise((resolve, reject) => {
      calls.push({ resolve });
      options.signal.addEventListener("abort", () => {
        seen.aborted++;
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  }) as typeof navigator.credentials.get;
}
