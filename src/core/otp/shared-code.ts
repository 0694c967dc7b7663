import type { ChallengeHandle } from "../ids.ts";
import type { GuessSource } from "./guess-source.ts";
import type { Channel } from "./message.ts";
import type {
  Challenge,
  ChallengeRules,
  ChallengeVia,
  JoinedChallenge,
  PhoneRecord,
} from "./phone-record.ts";

/**
 * One code, several challenges. A double tap, a second tab and a reload request a code again before
 * the message can have arrived. They get a challenge on the code that was sent, and no second
 * message.
 */

/**
 * Challenges that may join the first one; a new one replaces the oldest of them, never the first.
 */
const MAX_JOINED = 4;
/** Wrong tries of one code over all its challenges: a new challenge is not a new code to guess. */
export const MAX_CODE_ATTEMPTS = 10;

/** One challenge of a code: the first, or one that joined it. */
export type ChallengeEntry = JoinedChallenge;

/** The first challenge of the code. Records of the first version served the API only. */
export function firstEntry(challenge: Challenge): ChallengeEntry {
  const { attempts, expiresAt, handle, keyId, seed, via = "api" } = challenge;
  return { handle, seed, keyId, via, attempts, expiresAt };
}

export const entriesOf = (challenge: Challenge): readonly ChallengeEntry[] => [
  firstEntry(challenge),
  ...(challenge.joined ?? []),
];

export const entryOf = (
  challenge: Challenge,
  handle: ChallengeHandle,
): ChallengeEntry | undefined => entriesOf(challenge).find((entry) => entry.handle === handle);

/** Wrong tries of the code so far. */
export const attemptsOf = (challenge: Challenge): number =>
  entriesOf(challenge).reduce((sum, { attempts }) => sum + attempts, challenge.lostAttempts ?? 0);

/** Whether no further try is possible: the code's tries are spent, or those of every challenge. */
export const isExhausted = (challenge: Challenge, { maxAttempts }: ChallengeRules): boolean =>
  attemptsOf(challenge) >= MAX_CODE_ATTEMPTS ||
  entriesOf(challenge).every(({ attempts }) => attempts >= maxAttempts);

/** The challenge with one more wrong try on one of its entries. */
export function withWrongTry(challenge: Challenge, handle: ChallengeHandle): Challenge {
  if (challenge.handle === handle) return { ...challenge, attempts: challenge.attempts + 1 };
  const joined = (challenge.joined ?? []).map((entry) =>
    entry.handle === handle ? { ...entry, attempts: entry.attempts + 1 } : entry,
  );
  return { ...challenge, joined };
}

/** The challenge with one more entry. */
export function withEntry(challenge: Challenge, entry: ChallengeEntry): Challenge {
  const joined = [...(challenge.joined ?? []), entry];
  const displaced = joined.slice(0, -MAX_JOINED);
  const lost = displaced.reduce((sum, { attempts }) => sum + attempts, challenge.lostAttempts ?? 0);
  return { ...challenge, joined: joined.slice(-MAX_JOINED), lostAttempts: lost };
}

/** The source and channel of a code request. */
interface Asking {
  readonly lane: Challenge["lane"];
  readonly channel: Channel;
  readonly from: GuessSource | null;
}

/**
 * The code that this request joins: of the same lane and channel, last sent to the same address,
 * and still within its wait. A stranger elsewhere never joins the owner's code, and displaces none
 * of its challenges.
 */
export function codeToJoin(
  { challenges }: PhoneRecord,
  { channel, from, lane }: Asking,
  rules: ChallengeRules,
  now: number,
): Challenge | null {
  if (from === null) return null;
  const isMeant = (challenge: Challenge): boolean => {
    const last = challenge.sends.at(-1);
    return (
      challenge.lane === lane &&
      challenge.provenAt === null &&
      !isExhausted(challenge, rules) &&
      last?.channel === channel &&
      last.from === from.address &&
      resendAllowedAt(challenge, channel, rules) > now
    );
  };
  return challenges.findLast(isMeant) ?? null;
}

/** The first send on a channel needs no wait; each further one waits longer. */
export function resendAllowedAt(
  { sends }: Challenge,
  channel: Channel,
  { resendWaitSeconds: waits }: ChallengeRules,
): number {
  const onChannel = sends.filter((send) => send.channel === channel);
  const last = onChannel.at(-1);
  const wait = waits[Math.min(onChannel.length, waits.length) - 1] ?? 0;
  return last === undefined ? 0 : last.at + wait * 1000;
}

/** A challenge of the record, and the entry that was looked for. */
export interface FoundChallenge {
  readonly challenge: Challenge;
  readonly handle: ChallengeHandle;
}

/** The newest live challenge from this route, in this lane. */
export function newestVia(
  { challenges }: PhoneRecord,
  via: ChallengeVia,
  lane: Challenge["lane"],
  endsAt: (challenge: Challenge, entry: ChallengeEntry) => number,
  now: number,
): FoundChallenge | null {
  const found = challenges
    .filter((challenge) => challenge.lane === lane)
    .flatMap((challenge) => entriesOf(challenge).map((entry) => ({ challenge, entry })))
    .filter(({ challenge, entry }) => entry.via === via && endsAt(challenge, entry) > now)
    .reduce<{ challenge: Challenge; entry: ChallengeEntry } | null>(
      (newest, each) =>
        newest !== null && newest.entry.expiresAt > each.entry.expiresAt ? newest : each,
      null,
    );
  return found && { challenge: found.challenge, handle: found.entry.handle };
}
