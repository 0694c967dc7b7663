import { auditDirectory } from "../../flows/operator/audit/audit-directory.ts";
import { findStranded, type StrandedUser } from "../../flows/operator/audit/find-stranded.ts";
import { surveyDirectory } from "../../flows/operator/reading/survey-directory.ts";
import { countOf } from "../output/count.ts";
import { type Checked, finding, good, unknown } from "./finding.ts";
import type { DoctorPlace } from "./place.ts";

const CHECK = "data";
/** Ids in one line; `close-passwords` lists all. */
const SHOWN = 20;

/** Hazards in both collections, and everyone who would lose the way in at the cut-over. */
export async function checkData({ gateway }: DoctorPlace): Promise<readonly Checked[]> {
  const survey = await surveyDirectory(gateway);
  const { customers, users } = await auditDirectory(gateway, survey, {
    isPublished: null,
    onRow: async () => undefined,
    onProgress: () => undefined,
  });
  const stranded: StrandedUser[] = [];
  for await (const user of findStranded(gateway, survey)) stranded.push(user);
  const { findings } = customers;
  const lines = [
    ...hazard(findings["shared-id"] + users.sharedIds, {
      what: "records that share their id with another",
      why: "The gateway cannot know whom such an id means, so these people cannot log in.",
      mend: "npx doorstep audit --csv people.csv, and give one of each pair a new id in the database",
    }),
    ...hazard(findings["staff-number"], {
      what: "customers with the number of a member of staff",
      why: "A customer never gets a staff record; check that the number is really theirs.",
      mend: "npx doorstep who PHONE",
    }),
    ...strandedLines(stranded),
  ];
  const read = `${countOf(customers.customers, "customer")}, ${countOf(users.users, "user")} read`;
  const none = lines.length === 0 ? [good(CHECK, `${read}: nobody loses the way in`)] : lines;
  const passwords = "published passwords, because each takes a second";
  return [...none, unknown(CHECK, passwords, "npx doorstep audit --passwords")];
}

interface Hazard {
  readonly what: string;
  readonly why: string;
  readonly mend: string;
}

const hazard = (count: number, { mend, what, why }: Hazard): readonly Checked[] =>
  count === 0 ? [] : [finding(CHECK, { what: `${what}: ${count}`, why, mend })];

function strandedLines(stranded: readonly StrandedUser[]): readonly Checked[] {
  if (stranded.length === 0) return [];
  const ids = stranded.slice(0, SHOWN).map(({ because, userId }) => `${userId} (${because})`);
  const more = stranded.length - SHOWN;
  const all = `${ids.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return [
    finding(CHECK, {
      what: `can log in by password today and could not by phone: ${all}`,
      why: "They are shut out as soon as customers' passwords end.",
      mend: "npx doorstep close-passwords says what helps each",
    }),
  ];
}
