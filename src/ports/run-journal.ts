import type { WriteImage } from "../core/runs/write-image.ts";

/** One `--apply` of an operator's command: what it is, who started it, and where it writes. */
export interface RunHeader {
  /** As `doorstep undo` takes it: `2026-11-28-140112-3f9a1c`. */
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly command: string;
  /** The operator, `asha on office`. */
  readonly by: string;
  readonly reason: string | null;
  /** The database with its place, without credentials: `earlybird@mongo.internal`. */
  readonly database: string;
  /** The run that this run undoes; null for all other runs. */
  readonly undoes: string | null;
  /** The run changed who may log in: its undo ends sessions too. */
  readonly endsSessions: boolean;
}

/**
 * `written` and `lost` are the store's answers. A process that died between the journal and the
 * answer leaves `unknown`.
 */
export type ImageOutcome = "written" | "lost" | "unknown";

/** The journal of a run that is writing. A kill at any line loses no before-image. */
export interface RunJournal {
  readonly header: RunHeader;
  /**
   * Resolves when the images are on the disk: only then may their writes begin. Concurrent calls
   * share one sync.
   *
   * @returns a number for each image, for `settle`
   */
  append(images: readonly WriteImage[]): Promise<readonly number[]>;
  /** Notes the store's answer; the note reaches the disk with a later append, or at the end. */
  settle(image: number, outcome: Exclude<ImageOutcome, "unknown">): void;
  close(): Promise<void>;
}

/** An image of an ended run. */
export interface RecordedImage {
  readonly image: WriteImage;
  readonly outcome: ImageOutcome;
}

/** The counts of a run, for a list of runs. */
export interface RunCounts {
  readonly written: number;
  readonly lost: number;
  readonly unknown: number;
}

/** The journal of a run, read again. */
export interface RecordedRun {
  readonly header: RunHeader;
  readonly counts: RunCounts;
  /** All images, the last one first, in pages. */
  pagesFromTheEnd(size: number): Iterable<readonly RecordedImage[]>;
}
