export interface CircuitOptions {
  /** Faults in a row that open it. */
  readonly threshold: number;
  /** How long it stays open before one send is let through to try. */
  readonly openMs: number;
  /** Epoch ms. */
  now(): number;
  onOpen(reason: string): void;
  onClose(): void;
}

/** What came of a send that was let through: the reason of a fault, or null where there was none. */
export type Leave = (fault: string | null) => void;

export interface Circuit {
  /** Whether a send would be let through now. */
  available(): boolean;
  /** @returns null where the send must not be made */
  enter(): Leave | null;
}

/**
 * Stops sending where sends keep failing, so that neither people nor the provider wait for what
 * fails anyway. When the pause is over one send goes through: it closes the circuit, or the pause
 * begins anew. A trial whose outcome never comes (a Worker that was stopped) is one that failed.
 */
export function createCircuit({
  now,
  onClose,
  onOpen,
  openMs,
  threshold,
}: CircuitOptions): Circuit {
  let faults = 0;
  let openUntil: number | null = null;
  /** Counts openings and trials: what began before the latest of them no longer counts. */
  let epoch = 0;

  const open = () => {
    openUntil = now() + openMs;
    epoch++;
  };
  const available = () => openUntil === null || now() >= openUntil;
  return {
    available,
    enter() {
      if (!available()) return null;
      if (openUntil !== null) open();
      const entered = epoch;
      return (fault) => {
        if (entered !== epoch) return;
        if (fault === null) {
          faults = 0;
          if (openUntil === null) return;
          openUntil = null;
          epoch++;
          onClose();
          return;
        }
        faults++;
        if (openUntil !== null) open();
        else if (faults >= threshold) {
          open();
          onOpen(fault);
        }
      };
    },
  };
}
