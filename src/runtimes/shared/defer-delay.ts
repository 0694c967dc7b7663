const DEFER_MS = 30;
const DEFER_JITTER_MS = 50;

/**
 * How long after it was asked for deferred work begins, a random while included: begun earlier it
 * would delay the answer it follows, and the time of an answer would tell who is a customer.
 */
export const deferDelayMs = (): number => DEFER_MS + Math.random() * DEFER_JITTER_MS;
