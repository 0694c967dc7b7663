interface OneTimeCode {
  readonly code?: string;
}

/**
 * Listens for the SMS with the code (WebOTP, in Chromium on Android). Begin before the code is asked
 * for, so that an SMS that is quicker than the answer is caught. The browser gives the code to the
 * page of the host in the message's last line and to no other.
 *
 * @param onCode is called once, at most
 * @returns stops listening: call it when the customer types, or leaves
 */
export function listenForCode(onCode: (code: string) => void): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  if ("OTPCredential" in window) {
    const asked = { otp: { transport: ["sms"] }, signal } as CredentialRequestOptions;
    navigator.credentials.get(asked).then(
      (found) => {
        const { code } = (found || {}) as OneTimeCode;
        // A code that came in the same moment as the end of the listening is not wanted any more.
        if (code && !signal.aborted) onCode(code);
      },
      () => {},
    );
  }
  return () => listening.abort();
}
