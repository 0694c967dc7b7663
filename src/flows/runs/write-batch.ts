import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import {
  imageOfChange,
  jsonFields,
  type StoredValues,
  type WriteImage,
} from "../../core/runs/write-image.ts";
import type { Directory, GuardedChange, LegacyCollection } from "../../ports/directory.ts";
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

type Writes = Pick<Directory, "changeCustomer" | "changeMany" | "changeUser">;

type CollectedChange = GuardedChange & { readonly collection: LegacyCollection };

/** One write: its image, and the write itself. */
export interface JournaledWrite<Outcome extends string> {
  readonly image: WriteImage | null;
  /** A change of a document goes out together with its neighbours; null: an insert or a removal. */
  readonly change: CollectedChange | null;
  write(): Promise<Outcome>;
}

/**
 * Writes the changes, in commands of many, after all their before-images are on the disk: one sync
 * a batch. Every touched field is guarded, so that the before-image is exactly what the write
 * replaced.
 */
export async function writeBatch(
  directory: Writes,
  run: RunPorts,
  changes: readonly PlannedChange[],
): Promise<readonly Written[]> {
  return inRun<Written>(
    directory,
    run,
    changes.map((planned) => plannedWrite(directory, run.values, planned)),
  );
}

/**
 * Writes of different documents, in order: neighbours of one kind and collection go out together,
 * and the next kind begins after the last answer. A link is two writes, so a process that dies in
 * between leaves the same evidence as one that writes them one by one.
 *
 * @returns the store's answers, in order. After an error no further group begins; the journal has
 * every answer that came
 */
export async function inRun<Outcome extends string>(
  directory: Pick<Directory, "changeMany">,
  { journal }: Pick<RunPorts, "journal">,
  writes: readonly JournaledWrite<Outcome | Written>[],
): Promise<readonly (Outcome | Written)[]> {
  const images = writes.flatMap(({ image }) => image ?? []);
  const numbers = [...(await journal.append(images))];
  const all: (Outcome | Written)[] = [];
  for (const group of groupsOf(writes)) {
    const answers = await writeGroup(directory, group);
    for (const [at, { image }] of group.entries()) {
      const number = image === null ? undefined : numbers.shift();
      const answer = answers[at];
      if (answer?.status === "fulfilled") settle(journal, number, answer.value);
    }
    for (const answer of answers) {
      if (answer.status === "rejected") throw answer.reason;
      all.push(answer.value);
    }
  }
  return all;
}

/** The same for one write. */
export async function inRunAlone<Outcome extends string>(
  { journal }: Pick<RunPorts, "journal">,
  { image, write }: JournaledWrite<Outcome>,
): Promise<Outcome> {
  const [number] = await journal.append(image === null ? [] : [image]);
  const outcome = await write();
  settle(journal, number, outcome);
  return outcome;
}

function settle(
  journal: RunPorts["journal"],
  number: number | undefined,
  outcome: string | undefined,
): void {
  const isWritten = ["applied", "inserted", "removed"].includes(outcome ?? "");
  if (number !== undefined) journal.settle(number, isWritten ? "written" : "lost");
}

/** Long enough to share one wait for the disk, and so short that a login beside it hardly waits. */
const MOST = 250;

function groupsOf<Write extends JournaledWrite<string>>(writes: readonly Write[]): Write[][] {
  const groups: Write[][] = [];
  let last: string | null = null;
  for (const write of writes) {
    const kind = kindOf(write);
    const group = groups.at(-1);
    if (kind === last && group !== undefined && group.length < MOST) group.push(write);
    else groups.push([write]);
    last = kind;
  }
  return groups;
}

function kindOf({ change, image }: Pick<JournaledWrite<string>, "change" | "image">): string {
  if (change !== null) return change.collection;
  return image?.before === null ? "insert" : "remove";
}

/** Inserts and removals of a group leave together, so each has an answer or an error of its own. */
async function writeGroup<Outcome extends string>(
  directory: Pick<Directory, "changeMany">,
  group: readonly JournaledWrite<Outcome | Written>[],
): Promise<readonly PromiseSettledResult<Outcome | Written>[]> {
  const changes = group.flatMap(({ change }) => change ?? []);
  const [first, second] = changes;
  if (first === undefined || second === undefined) {
    return Promise.allSettled(group.map(({ write }) => write()));
  }
  const outcomes = await directory.changeMany(first.collection, changes);
  return outcomes.map((value) => ({ status: "fulfilled", value }));
}

/** A change's own fields are guarded as well: the before-image must be what the write replaced. */
function guardsOf({ change, guards }: Pick<PlannedChange, "change" | "guards">): string[] {
  return [...new Set([...guards, ...Object.keys(change.set), ...(change.unset ?? [])])];
}

export function plannedWrite(
  directory: Pick<Writes, "changeCustomer" | "changeUser">,
  values: StoredValues,
  { change, collection, guards, read }: PlannedChange,
): JournaledWrite<Written> {
  const all = guardsOf({ change, guards });
  return {
    image: imageOfChange(collection, read, change, values),
    change: { collection, read, guards: all, change },
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
