import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import { withChange } from "../../core/linking/documents.ts";
import { decideUndo, type UndoDecision } from "../../core/runs/undo-decision.ts";
import { jsonFields, type StoredValues, type WriteImage } from "../../core/runs/write-image.ts";
import type { Directory, LegacyCollection } from "../../ports/directory.ts";
import type { RecordedImage, RecordedRun } from "../../ports/run-journal.ts";
import { inRun, type JournaledWrite, plannedWrite, type RunPorts } from "./write-batch.ts";

/** A document that the undo leaves as it is, because somebody changed it since the run. */
export interface LeftDocument {
  readonly collection: LegacyCollection;
  readonly id: string;
}

/** The result of an undo, or of its plan. */
export interface UndoCounts {
  restored: number;
  already: number;
  left: number;
}

export interface UndoOptions {
  /** Null: only the plan. */
  readonly run: RunPorts | null;
  readonly values: StoredValues;
  /** Told as they are found, so that a run of any size needs little memory. */
  onLeft(document: LeftDocument): void;
  /** After each page. */
  onProgress(done: number): void;
  /** Ids of users with a restored record, where the run changed who may log in. */
  onUser(id: string): Promise<void>;
}

/** Documents of one question to the store; a page's images are journaled with one sync. */
const PAGE = 200;

/**
 * Restores what a run wrote, the last write first, so that a process that dies in between leaves
 * the same evidence as the run's own writes in their order. Each restore compares the fields that
 * the run wrote: what somebody changed since is left and told. A second call goes on where the
 * first ended.
 */
export async function undoRun(
  directory: Directory,
  recorded: Pick<RecordedRun, "pagesFromTheEnd">,
  options: UndoOptions,
): Promise<UndoCounts> {
  const counts: UndoCounts = { restored: 0, already: 0, left: 0 };
  let done = 0;
  for (const page of recorded.pagesFromTheEnd(PAGE)) {
    await undoPage(directory, page.filter(({ outcome }) => outcome !== "lost"), options, counts);
    done += page.length;
    options.onProgress(done);
  }
  return counts;
}

/** A restore that the page plans, and its document after it. */
interface PlannedRestore {
  readonly image: WriteImage;
  readonly write: JournaledWrite<string>;
}

async function undoPage(
  directory: Directory,
  page: readonly RecordedImage[],
  options: UndoOptions,
  counts: UndoCounts,
): Promise<void> {
  const current = await readDocuments(directory, page.map(({ image }) => image));
  const planned: PlannedRestore[] = [];
  for (const { image, outcome } of page) {
    const place = placeOf(image);
    const document = current.get(place) ?? null;
    const decision = decideUndo(image, outcome === "written", asJson(document, image, options.values));
    if (decision.kind === "nothing") count(image, decision.because, options, counts);
    else {
      const { after, write } = restoreOf(directory, image, document, decision, options.values);
      current.set(place, after);
      planned.push({ image, write });
    }
  }
  if (options.run === null) counts.restored += planned.length;
  else await apply(options.run, planned, options, counts);
}

async function apply(
  run: RunPorts,
  planned: readonly PlannedRestore[],
  options: UndoOptions,
  counts: UndoCounts,
): Promise<void> {
  const outcomes = await inRun(run, planned.map(({ write }) => write));
  for (const [at, { image }] of planned.entries()) {
    const isRestored = ["applied", "inserted", "removed"].includes(outcomes[at] ?? "");
    if (!isRestored) count(image, "changed", options, counts);
    else {
      counts.restored++;
      if (image.collection === "users" && typeof image.id === "string") {
        await options.onUser(image.id);
      }
    }
  }
}

function count(
  { collection, id }: WriteImage,
  because: "already" | "changed",
  options: UndoOptions,
  counts: UndoCounts,
): void {
  if (because === "already") counts.already++;
  else {
    counts.left++;
    options.onLeft({ collection, id: String(id) });
  }
}

const placeOf = ({ collection, key }: Pick<WriteImage, "collection" | "key">): string =>
  `${collection}/${key}`;

/** The documents of the images. An image's document has a text as its `id`: others are not written. */
async function readDocuments(
  directory: Directory,
  images: readonly WriteImage[],
): Promise<Map<string, StoredDocument | null>> {
  const idsIn = (collection: LegacyCollection) => [
    ...new Set(
      images
        .filter((image) => image.collection === collection)
        .flatMap(({ id }) => (typeof id === "string" ? [id] : [])),
    ),
  ];
  const [users, customers] = await Promise.all([
    directory.findUsers({ ids: idsIn("users") }),
    directory.findCustomers({ ids: idsIn("customers_v2") }),
  ]);
  return new Map([
    ...users.map((read) => [placeOf({ collection: "users", key: read.key }), read] as const),
    ...customers.map(
      (read) => [placeOf({ collection: "customers_v2", key: read.key }), read] as const,
    ),
  ]);
}

function asJson(document: StoredDocument | null, image: WriteImage, values: StoredValues) {
  if (document === null) return null;
  const whole = image.before === null || image.after === null;
  const names = whole
    ? Object.keys(document.fields)
    : Object.keys({ ...image.before, ...image.after });
  return jsonFields(document.fields, names, values);
}

function restoreOf(
  directory: Directory,
  image: WriteImage,
  document: StoredDocument | null,
  decision: Exclude<UndoDecision, { kind: "nothing" }>,
  values: StoredValues,
): { readonly after: StoredDocument | null; readonly write: JournaledWrite<string> } {
  const { collection } = image;
  if (decision.kind === "restore" && document !== null) {
    const change: Change = { set: stored(decision.change.set, values), unset: decision.change.unset };
    const planned = { collection, read: document, guards: decision.guards, change };
    return {
      after: withChange(document, change),
      write: plannedWrite(directory, values, planned),
    };
  }
  throw new TypeError("TODO");
}

const stored = (fields: Readonly<Record<string, unknown>>, values: StoredValues) =>
  Object.fromEntries(Object.entries(fields).map(([name, json]) => [name, values.fromJson(json)]));
