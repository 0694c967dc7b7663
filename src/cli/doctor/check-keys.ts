import { sharedSecrets } from "../../config/secret-rules.ts";
import type { CompleteSettings } from "../../runtimes/shared/complete-settings.ts";
import { type Checked, finding, good } from "./finding.ts";

const CHECK = "keys";
const DAY_MS = 24 * 3_600_000;
/** A key that is rotated once a year is known to be rotatable. */
const OLD_DAYS = 366;

/** The keys that sign and derive: which, how old, and whether one serves two purposes. */
export function checkKeys(settings: CompleteSettings, now: number): readonly Checked[] {
  const [signing] = settings.keys.privateJwks;
  const [secret] = settings.keys.secretKeys;
  if (signing === undefined) return [];
  const others = settings.keys.privateJwks.length - 1;
  const signed = `${signing.alg} key ${signing.kid.slice(0, 8)} signs${others > 0 ? `, ${others} more verify` : ""}`;
  const ages = [
    { name: "the signing key", days: daysSince(signing.madeAt && signing.madeAt * 1000, now) },
    { name: `SECRET_KEYS ${secret.id}`, days: daysSince(monthOf(secret.id), now) },
  ];
  const told = ages.map(({ days, name }) => `${name} is ${ageText(days)}`).join(", ");
  return [good(CHECK, `${signed}; ${told}`), ...ageLines(ages), ...useLines(settings)];
}

interface Age {
  readonly name: string;
  /** Null where the key does not say when it was made. */
  readonly days: number | null;
}

const daysSince = (at: number | null, now: number): number | null =>
  at === null ? null : Math.max(0, Math.floor((now - at) / DAY_MS));

/** `k2026-11-x7fq`, as `doorstep keys generate` names it. */
function monthOf(id: string): number | null {
  const [, month] = /^k(\d{4}-(?:0[1-9]|1[0-2]))-/.exec(id) ?? [];
  return month === undefined ? null : Date.parse(`${month}-01T00:00:00Z`);
}

function ageText(days: number | null): string {
  if (days === null) return "of unknown age";
  if (days < 31) return "new";
  return days < 62 ? "a month old" : `${Math.floor(days / 30)} months old`;
}

function ageLines(ages: readonly Age[]): readonly Checked[] {
  return ages
    .filter(({ days }) => days !== null && days > OLD_DAYS)
    .map(({ days, name }) =>
      finding(CHECK, {
        what: `${name} is ${ageText(days)}`,
        why: "A copy of it that leaked long ago still works.",
        mend: "npx doorstep keys generate; put the new key behind the old one, wait an hour, then put it first",
      }),
    );
}

function useLines(settings: CompleteSettings): readonly Checked[] {
  return sharedSecrets(settings).map(([one, other]) =>
    finding(CHECK, {
      what: `${one} and ${other} hold the same secret`,
      why: "A thief of one has both.",
      mend: "Make a new value for one of them: npx doorstep keys generate, or openssl rand -base64 48",
    }),
  );
}
