import type { StoredDocument } from "../../../core/linking/documents.ts";
import type { Directory, LegacyCollection } from "../../../ports/directory.ts";
import { type PlannedChange, type RunPorts, writeBatch } from "../../runs/write-batch.ts";
import { pagesOf } from "./pages.ts";

/** The counts of a walk. Without a run `planned` would be written, and nothing is. */
export interface WalkCounts {
  read: number;
  planned: number;
  written: number;
  /** Documents that another process changed between the reading and the write; a new walk decides. */
  lost: number;
}

export interface Walk {
  readonly directory: Directory;
  /** Null: only the plan. */
  readonly run: RunPorts | null;
  /** After each page, with the documents read so far. */
  onProgress(counts: WalkCounts): void;
}

export const noCounts = (): WalkCounts => ({ read: 0, planned: 0, written: 0, lost: 0 });

/**
 * Walks through a collection and writes what `decide` plans for each page. Each write compares what
 * the plan relied on, so a walk may run beside logins and the backend, and may be repeated after a
 * kill: what is done is found done.
 */
export async function walkCollection(
  { directory, onProgress, run }: Walk,
  collection: LegacyCollection,
  counts: WalkCounts,
  decide: (page: readonly StoredDocument[]) => Promise<readonly PlannedChange[]>,
): Promise<void> {
  for await (const page of pagesOf({ directory }, collection)) {
    const changes = await decide(page);
    counts.read += page.length;
    counts.planned += changes.length;
    if (run !== null) {
      for (const outcome of await writeBatch(directory, run, changes)) {
        if (outcome === "applied") counts.written++;
        else counts.lost++;
      }
    }
    onProgress(counts);
  }
}
