import type { WriteImage } from "../../../src/core/runs/write-image.ts";
import type {
  ImageOutcome,
  RecordedImage,
  RecordedRun,
  RunHeader,
  RunJournal,
} from "../../../src/ports/run-journal.ts";

export const HEADER: RunHeader = {
  id: "2026-11-28-140112-3f9a1c",
  at: 1_795_874_472_000,
  command: "sync",
  by: "asha on office",
  reason: null,
  database: "earlybird@mongo.internal",
  undoes: null,
  endsSessions: false,
};

/** A journal in memory, for models that need thousands, and what `doorstep undo` reads of it. */
export function memoryJournal(): { readonly journal: RunJournal; recorded(): RecordedRun } {
  const images: WriteImage[] = [];
  const outcomes: ImageOutcome[] = [];
  const journal: RunJournal = {
    header: HEADER,
    async append(added) {
      return added.map((image) => {
        outcomes.push("unknown");
        return images.push(image) - 1;
      });
    },
    settle(image, outcome) {
      outcomes[image] = outcome;
    },
    close: async () => undefined,
  };
  const counted = (wanted: ImageOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const recorded = (): RecordedRun => ({
    header: HEADER,
    counts: { written: counted("written"), lost: counted("lost"), unknown: counted("unknown") },
    *pagesFromTheEnd(size) {
      const all: RecordedImage[] = images.map((image, n) => ({
        image,
        outcome: outcomes[n] ?? "unknown",
      }));
      for (let end = all.length; end > 0; end -= size) {
        yield all.slice(Math.max(0, end - size), end).reverse();
      }
    },
  });
  return { journal, recorded };
}
