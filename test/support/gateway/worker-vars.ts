import type { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { TWILIO_ACCOUNT } from "../twilio/twilio-account.ts";

/** Settings of a production Worker whose neighbours are stand-ins on this machine. */
export const workerVars = (
  keys: Awaited<ReturnType<typeof generateKeys>>,
  mongoUrl: string,
  twilioUrl: string,
): Readonly<Record<string, string>> => ({
  PUBLIC_URL: "https://login.example.com",
  MONGODB_URL: mongoUrl,
  JWT_PRIVATE_JWKS: keys.jwtPrivateJwks,
  SECRET_KEYS: keys.secretKeys,
  INDEX_KEY: keys.indexKey,
  SMS_PROVIDER: "twilio",
  TWILIO_API_URL: twilioUrl,
  TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT.accountSid,
  TWILIO_AUTH_TOKEN: TWILIO_ACCOUNT.authToken,
  TWILIO_MESSAGING_SERVICE_SID: TWILIO_ACCOUNT.messagingServiceSid,
});
