/** The part of a stream that is used here. */
export interface LineOutput {
  write(lines: string | Uint8Array, done: (error?: Error | null) => void): boolean;
}

/** Whole lines for a stream that may refuse them: a full disk, a pipe whose reader has ended. */
export interface CountedLines {
  /** @param done is called where the lines are refused as well */
  write(lines: string | Uint8Array, done: () => void): boolean;
  /** Counts lines that were not handed to the stream. */
  drop(lines: number): void;
}

export interface LostLines {
  /** The first refusal. @param because the system's code: ENOSPC, EPIPE */
  refused(because: string): void;
  /** The stream takes lines again. */
  dropped(count: number): void;
}

const NEWLINE = 10;

/**
 * A gateway serves on without its log: who fills the disk must not end every login. Refused lines
 * are not tried again, because the system may have taken a part of them.
 */
export function countedLines(stream: LineOutput, lost: LostLines): CountedLines {
  let dropped = 0;
  let isRefusing = false;
  const refused = (lines: string | Uint8Array, error: NodeJS.ErrnoException) => {
    dropped += Buffer.from(lines).filter((byte) => byte === NEWLINE).length;
    if (!isRefusing) lost.refused(error.code ?? error.name);
    isRefusing = true;
  };
  return {
    drop(lines) {
      dropped += lines;
    },
    write(lines, done) {
      return stream.write(isRefusing ? afterHalfLine(lines) : lines, (error) => {
        if (error) refused(lines, error);
        else isRefusing = false;
        done();
        // After `done`: the lines that waited make place for the one that tells.
        if (!error && dropped > 0) lost.dropped(dropped);
        if (!error) dropped = 0;
      });
    },
  };
}

/** The system may have taken the first half of a refused line. */
const afterHalfLine = (lines: string | Uint8Array): string | Uint8Array =>
  typeof lines === "string" ? `\n${lines}` : Buffer.concat([Uint8Array.of(NEWLINE), lines]);
