import type { Change } from "../linking/documents.ts";
import { changedNames, type JsonFields, sameField, type WriteImage } from "./write-image.ts";

/**
 * `already`: the document is as before the run; `changed`: somebody changed one of the fields since
 * the run, or the document is gone.
 */
export type UndoDecision =
  | { readonly kind: "restore"; readonly guards: readonly string[]; readonly change: JsonChange }
  | { readonly kind: "remove" }
  | { readonly kind: "insert"; readonly fields: JsonFields }
  | { readonly kind: "nothing"; readonly because: "already" | "changed" };

/** A change whose values are JSON, as the journal has them. */
export type JsonChange = Required<Change>;

const TIME = "updated_at";

/**
 * Whether a write of a run can be taken back: only where every field that it changed is still as it
 * left them. `updated_at` alone may differ, because the backend sets it with every other change; it
 * is restored where it is still ours.
 *
 * @param isCertain false: the process died before the store answered. Then `updated_at`, which each
 *   write sets to a time of its own, must show that the write is the run's
 * @param current the document's fields as JSON; null where there is no document
 */
export function decideUndo(
  image: WriteImage,
  isCertain: boolean,
  current: JsonFields | null,
): UndoDecision {
  const { after, before } = image;
  if (before === null) return after === null ? nothing("already") : undoInsert(after, current);
  if (after === null)
    return current === null ? { kind: "insert", fields: before } : nothing("changed");
  if (current === null) return nothing("changed");
  const names = changedNames(image).filter((name) => !sameField(before, after, name));
  const telling = names.filter((name) => name !== TIME);
  const isAs = (wanted: JsonFields, some: readonly string[]) =>
    some.every((name) => sameField(current, wanted, name));
  if (names.length > 0 && isAs(after, names)) return restore(before, names);
  if (isAs(before, telling)) {
    // Somebody took the rest back by hand, and left the time that the run wrote.
    const isOurTime = names.includes(TIME) && isAs(after, [TIME]);
    return isOurTime ? restore(before, [TIME]) : nothing("already");
  }
  return isCertain && isAs(after, telling) ? restore(before, telling) : nothing("changed");
}

function restore(before: JsonFields, names: readonly string[]): UndoDecision {
  const had = names.filter((name) => Object.hasOwn(before, name));
  const set = Object.fromEntries(had.map((name) => [name, before[name]]));
  const unset = names.filter((name) => !had.includes(name));
  return { kind: "restore", guards: names, change: { set, unset } };
}

/** An inserted document is removed as a whole, so each of its fields must be as it was inserted. */
function undoInsert(inserted: JsonFields, current: JsonFields | null): UndoDecision {
  if (current === null) return nothing("already");
  const names = new Set([...Object.keys(inserted), ...Object.keys(current)]);
  const isAsInserted = [...names].every((name) => sameField(inserted, current, name));
  return isAsInserted ? { kind: "remove" } : nothing("changed");
}

const nothing = (because: "already" | "changed"): UndoDecision => ({ kind: "nothing", because });
