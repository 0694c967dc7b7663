export interface CircuitOptions {
  /** Faults in a row that open the circuit. */
  readonly threshold: number;
  /** How long the circuit stays open before it admits sends again. */
  readonly openMs: number;
  /** Epoch ms. */
  now(): number;
  onOpen(reason: string): void;
  onClose(): void;
}

/** The result of an admitted send: the reason of a fault, or null for none. */
export type Leave = (fault: string | null) => void;

export interface Circuit {
  /** Whether the circuit would admit a send now. */
  available(): boolean;
  /** @returns null where the send must not be made */
  enter(): Leave | null;
}

/**
 * Stops sending after repeated faults, so that neither this process nor the provider works in vain.
 * When the pause is over the circuit is closed, and needs as many faults again to open: a single
 * failed send says too little about a provider.
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
  /** Counts openings and closings: a send that began before the latest of them no longer counts. */
  let epoch = 0;

  const open = () => {
    openUntil = now() + openMs;
    epoch++;
  };
  const close = () => {
    openUntil = null;
    faults = 0;
    epoch++;
    onClose();
  };
  const available = () => openUntil === null || now() >= openUntil;
  return {
    available,
    enter() {
      if (!available()) return null;
      if (openUntil !== null) close();
      const entered = epoch;
      return (fault) => {
        if (entered !== epoch) return;
        faults = fault === null ? 0 : faults + 1;
        if (fault === null || faults < threshold) return;
        open();
        onOpen(fault);
      };
    },
  };
}
