import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import { decideUndo, type UndoDecision } from "../../core/runs/undo-decision.ts";
import {
  coalesced,
  follows,
  jsonFields,
  type StoredValues,
  type WriteImage,
} from "../../core/runs/write-image.ts";
import type { Directory, LegacyCollection } from "../../ports/directory.ts";
import type { ImageOutcome, RecordedImage, RecordedRun } from "../../ports/run-journal.ts";
import {
  inRun,
  type JournaledWrite,
  plannedWrite,
  type RunPorts,
  wholeImage,
} from "./write-batch.ts";

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
const PAGE = 500;

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
  const undo: Undo = { directory, options, counts: { restored: 0, already: 0, left: 0 } };
  const left = new Set<string>();
  let done = 0;
  for (const page of recorded.pagesFromTheEnd(PAGE)) {
    const chains = chainsOf(page).filter(({ place }) => !left.has(place));
    for (const place of await undoPage(undo, chains)) left.add(place);
    done += page.length;
    options.onProgress(done);
  }
  return undo.counts;
}

interface Undo {
  readonly directory: Directory;
  readonly options: UndoOptions;
  readonly counts: UndoCounts;
}

/** All writes of one document in a page, as one image. */
interface Chain {
  readonly place: string;
  readonly image: WriteImage;
  /** The store's answer to the last write is known. */
  readonly isCertain: boolean;
  /** Without a last write that the store may never have seen; null where there is no such write. */
  readonly otherwise: WriteImage | null;
  /** Another process wrote between two writes of the run: the earlier ones are left as they are. */
  readonly isInterrupted: boolean;
}

/** @param page the last write first */
function chainsOf(page: readonly RecordedImage[]): readonly Chain[] {
  const chains = new Map<string, Chain>();
  for (const { image, outcome } of page) {
    if (outcome === "lost") continue;
    const place = placeOf(image);
    const later = chains.get(place);
    chains.set(place, later === undefined ? newChain(place, image, outcome) : longer(later, image));
  }
  return [...chains.values()];
}

const newChain = (place: string, image: WriteImage, outcome: ImageOutcome): Chain => ({
  place,
  image,
  isCertain: outcome === "written",
  otherwise: null,
  isInterrupted: false,
});

/** The chain with an earlier write. */
function longer(chain: Chain, image: WriteImage): Chain {
  if (chain.isInterrupted) return chain;
  if (!follows(image, chain.image)) return { ...chain, isInterrupted: true };
  const { isCertain, otherwise } = chain;
  const earlier = otherwise === null ? image : coalesced(image, otherwise);
  return {
    ...chain,
    image: coalesced(image, chain.image),
    otherwise: isCertain ? null : earlier,
  };
}

/** A restore that the page plans, and its document after it. */
interface PlannedRestore {
  readonly image: WriteImage;
  readonly write: JournaledWrite<string>;
}

/** @returns the places of documents that are left as they are, with their earlier writes */
async function undoPage(undo: Undo, chains: readonly Chain[]): Promise<readonly string[]> {
  const { counts, directory, options } = undo;
  const current = await readDocuments(directory, chains);
  const planned: PlannedRestore[] = [];
  const left: string[] = [];
  for (const { image, isCertain, isInterrupted, otherwise, place } of chains) {
    const document = current.get(place) ?? null;
    const judge = (one: WriteImage, certain: boolean) =>
      decideUndo(one, certain, asJson(document, one, options.values));
    const whole = judge(image, isCertain);
    const decision =
      whole.kind === "nothing" && otherwise !== null ? judge(otherwise, true) : whole;
    if (isInterrupted) {
      left.push(place);
      tellLeft(undo, image);
    }
    if (decision.kind !== "nothing") {
      planned.push({ image, write: restoreOf(directory, image, document, decision, options) });
    } else if (decision.because === "already") counts.already++;
    else if (!isInterrupted) {
      left.push(place);
      tellLeft(undo, image);
    }
  }
  if (options.run === null) counts.restored += planned.length;
  else await apply(options.run, planned, undo);
  return left;
}

async function apply(run: RunPorts, planned: readonly PlannedRestore[], undo: Undo): Promise<void> {
  const outcomes = await inRun<string>(
    undo.directory,
    run,
    planned.map(({ write }) => write),
  );
  for (const [at, { image }] of planned.entries()) {
    const isRestored = ["applied", "inserted", "removed"].includes(outcomes[at] ?? "");
    if (!isRestored) tellLeft(undo, image);
    else {
      undo.counts.restored++;
      if (image.collection === "users" && typeof image.id === "string") {
        await undo.options.onUser(image.id);
      }
    }
  }
}

function tellLeft({ counts, options }: Undo, { collection, id }: WriteImage): void {
  counts.left++;
  options.onLeft({ collection, id: String(id) });
}

const placeOf = ({ collection, key }: Pick<WriteImage, "collection" | "key">): string =>
  `${collection}/${key}`;

/**
 * The documents of the images, by `_id`. A user with an `_id` of another type is found by its `id`,
 * as the port has it.
 */
async function readDocuments(
  directory: Directory,
  chains: readonly Chain[],
): Promise<Map<string, StoredDocument | null>> {
  const imagesOf = (collection: LegacyCollection) =>
    chains.flatMap(({ image }) => (image.collection === collection ? [image] : []));
  const ofUsers = imagesOf("users").map(({ id, key }) => ({ id, objectId: objectIdIn(key) }));
  const [users, customers] = await Promise.all([
    directory.findUsers({
      objectIds: ofUsers.flatMap(({ objectId }) => objectId ?? []),
      ids: ofUsers.flatMap(({ id, objectId }) =>
        objectId === null && typeof id === "string" ? [id] : [],
      ),
    }),
    directory.findCustomers({ keys: imagesOf("customers_v2").map(({ key }) => key) }),
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
  { values }: UndoOptions,
): JournaledWrite<string> {
  const { collection } = image;
  if (decision.kind === "restore" && document !== null) {
    const { set, unset } = decision.change;
    const change: Change = { set: stored(set, values), unset };
    const planned = { collection, read: document, guards: decision.guards, change };
    return plannedWrite(directory, values, planned);
  }
  if (decision.kind === "remove" && document !== null) {
    return {
      image: wholeImage(collection, document, values, true),
      change: null,
      write: () => directory.removeDocument(collection, document),
    };
  }
  if (decision.kind !== "insert") throw new TypeError("no document to restore");
  const fields = stored(decision.fields, values);
  return {
    image: wholeImage(collection, { key: image.key, fields }, values, false),
    change: null,
    write: () => insert(directory, image, fields),
  };
}

/** Only documents with an ObjectId are ever inserted, and so removed. */
function insert(
  directory: Directory,
  { collection, key }: WriteImage,
  fields: StoredDocument["fields"],
): Promise<string> {
  const objectId = objectIdIn(key);
  if (objectId === null) throw new TypeError("only a document with an ObjectId was inserted");
  return collection === "users"
    ? directory.insertUser(objectId, fields)
    : directory.insertCustomer(objectId, fields);
}

const objectIdIn = (key: WriteImage["key"]): string | null =>
  /^\{"\$oid":"([0-9a-f]{24})"\}$/.exec(key)?.[1] ?? null;

const stored = (fields: Readonly<Record<string, unknown>>, values: StoredValues) =>
  Object.fromEntries(Object.entries(fields).map(([name, json]) => [name, values.fromJson(json)]));
