const DEFER_MS = 30;
const DEFER_JITTER_MS = 50;

/**
 * The delay of deferred work, partly random. Earlier work would delay the answer that it follows,
 * and the time of an answer would reveal who is a customer.
 */
export const deferDelayMs = (): number => DEFER_MS + Math.random() * DEFER_JITTER_MS;
