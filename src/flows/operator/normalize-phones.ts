import { type StoredDocument, textOf } from "../../core/linking/documents.ts";
import { storedSpelling } from "../../core/linking/stored-spelling.ts";
import { parseStoredPhone } from "../../core/phone/phone.ts";
import type { LegacyCollection } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import { ownTime } from "../linking/own-time.ts";
import type { PlannedChange } from "../runs/write-batch.ts";
import { noCounts, type Walk, type WalkCounts, walkCollection } from "./reading/walk-collection.ts";

/**
 * Writes each phone in one spelling, as text, where nothing is lost: the stored value is one number
 * and nothing else. Staff records are left as they are.
 */
export async function normalizePhones(
  { rules, runtime }: Pick<Gateway, "rules" | "runtime">,
  walk: Walk,
): Promise<WalkCounts> {
  const counts = noCounts();
  for (const collection of ["customers_v2", "users"] as const) {
    await walkCollection(walk, collection, counts, async (page) =>
      page.flatMap((read) => {
        const phone = normalized(collection, read, rules);
        if (phone === null) return [];
        const set = { phone, updated_at: ownTime(runtime.now(), runtime) };
        const guards = collection === "users" ? ["role"] : [];
        return [{ collection, read, guards, change: { set } } satisfies PlannedChange];
      }),
    );
  }
  return counts;
}

/** The new spelling, or null where the document stays as it is. */
function normalized(
  collection: LegacyCollection,
  { fields }: StoredDocument,
  rules: Gateway["rules"],
): string | null {
  if (textOf(fields["id"]) === null) return null;
  if (collection === "users" && fields["role"] !== "customer") return null;
  const phone = parseStoredPhone(fields["phone"], rules.phone);
  const spelling = phone === null ? null : storedSpelling(phone, rules.phone);
  return spelling === fields["phone"] ? null : spelling;
}
