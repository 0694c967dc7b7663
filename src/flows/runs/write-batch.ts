import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import {
  imageOfChange,
  jsonFields,
  type StoredValues,
  type WriteImage,
} from "../../core/runs/write-image.ts";
import type { Directory, LegacyCollection } from "../../ports/directory.ts";
import type { RunJournal } from "../../ports/run-journal.ts";

/** The journal of the run that writes, and the store's values for it. */
export interface RunPorts {
  readonly journal: RunJournal;
  readonly values: StoredValues;
}

/** A guarded change of one document. */
export interface PlannedChange {
  readonly collection: LegacyCollection;
  readonly read: StoredDocument;
  /** Fields that must be as read, besides those that the change touches. */
  readonly guards: readonly string[];
  readonly change: Change;
}

export type Written = "applied" | "lost" | "duplicate";

type Writes = Pick<Directory, "changeCustomer" | "changeUser">;

/** One write: its image, and the write itself. */
export interface JournaledWrite<Outcome extends string> {
  readonly image: WriteImage | null;
  write(): Promise<Outcome>;
}

/**
 * Writes the changes one after another, after all their before-images are on the disk: one sync a
 * batch. Every touched field is guarded, so that the before-image is exactly what the write replaced.
 */
export async function writeBatch(
  directory: Writes,
  run: RunPorts,
  changes: readonly PlannedChange[],
): Promise<readonly Written[]> {
  return inRun<Written>(
    run,
    changes.map((planned) => plannedWrite(directory, run.values, planned)),
  );
}

/** @returns the store's answers, in order. An error leaves the rest unwritten */
export async function inRun<Outcome extends string>(
  { journal }: Pick<RunPorts, "journal">,
  writes: readonly JournaledWrite<Outcome>[],
): Promise<readonly Outcome[]> {
  const images = writes.flatMap(({ image }) => image ?? []);
  const numbers = [...(await journal.append(images))];
  const outcomes: Outcome[] = [];
  for (const { image, write } of writes) {
    const number = image === null ? undefined : numbers.shift();
    const outcome = await write();
    outcomes.push(outcome);
    const isWritten = ["applied", "inserted", "removed"].includes(outcome);
    if (number !== undefined) journal.settle(number, isWritten ? "written" : "lost");
  }
  return outcomes;
}

/** The same for writes that are one call: their images are on the disk before it begins. */
export async function inRunTogether<Outcome extends string>(
  { journal }: Pick<RunPorts, "journal">,
  writes: readonly Pick<JournaledWrite<Outcome>, "image">[],
  together: () => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  const numbers = [...(await journal.append(writes.flatMap(({ image }) => image ?? [])))];
  const outcomes = await together();
  for (const [at, { image }] of writes.entries()) {
    const number = image === null ? undefined : numbers.shift();
    if (number !== undefined)
      journal.settle(number, outcomes[at] === "applied" ? "written" : "lost");
  }
  return outcomes;
}

/** A change's own fields are guarded as well: the before-image must be what the write replaced. */
export function guardsOf({ change, guards }: Pick<PlannedChange, "change" | "guards">): string[] {
  return [...new Set([...guards, ...Object.keys(change.set), ...(change.unset ?? [])])];
}

export function plannedWrite(
  directory: Writes,
  values: StoredValues,
  { change, collection, guards, read }: PlannedChange,
): JournaledWrite<Written> {
  const all = guardsOf({ change, guards });
  return {
    image: imageOfChange(collection, read, change, values),
    write: () =>
      collection === "users"
        ? directory.changeUser(read, all, change)
        : directory.changeCustomer(read, all, change),
  };
}

/** The image of a whole document that is inserted, or, where `gone`, removed. */
export function wholeImage(
  collection: LegacyCollection,
  { fields, key }: Pick<StoredDocument, "fields" | "key">,
  values: StoredValues,
  gone: boolean,
): WriteImage {
  const whole = jsonFields(fields, Object.keys(fields), values);
  const sides = gone ? { before: whole, after: null } : { before: null, after: whole };
  return { collection, key, id: fields["id"], ...sides };
}
