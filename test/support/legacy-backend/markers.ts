/**
 * Stands in every document and every computed answer that is made of a customer's data, so that a
 * test can say that no byte of another's came through.
 */
export const markerOf = (customerId: string): string => `SECRET-OF-${customerId}`;

/** Its owner fields contradict each other. */
export const CONTESTED = "SECRET-OF-TWO";
/** It has no owner field. */
export const NOBODY = "SECRET-OF-NOBODY";
export const STAFF = "SECRET-OF-STAFF";
/** Figures, lists and settings of the business. */
export const BUSINESS = "SECRET-OF-BUSINESS";

/** What every stored password begins with: the stand-in does not hash, it leaks all the same. */
export const HASH_MARK = "plain:";
