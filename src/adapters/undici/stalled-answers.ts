import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ClientProgress } from "./client-progress.ts";
import type { ConnectionPlace, Places } from "./places.ts";

/** An answer that holds a connection to the upstream, because its client does not read it. */
export interface HeldAnswer {
  readonly outgoing: ServerResponse;
  readonly socket: Socket;
  readonly source: string;
  readonly place: Pick<ConnectionPlace, "leave">;
}

const SWEEP_MS = 1_000;

/** Watches the answers that clients hold up; one timer for all, and none while there are none. */
export class StalledAnswers {
  readonly #held = new Map<HeldAnswer, ClientProgress>();
  readonly #places: Places;
  readonly #stallMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param stallMs a client that reads no byte for this long stalls */
  constructor(places: Places, stallMs: number) {
    this.#places = places;
    this.#stallMs = stallMs;
  }

  hold(answer: HeldAnswer): void {
    this.#held.set(answer, new ClientProgress(answer.socket, performance.now()));
    const everyMs = Math.min(SWEEP_MS, this.#stallMs / 4);
    this.#timer ??= setInterval(() => this.#sweep(), everyMs).unref();
  }

  release(answer: HeldAnswer): void {
    if (!this.#held.delete(answer) || this.#held.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Cuts the longest stalled, only where connections run out: a phone in a tunnel may wait. */
  #sweep(): void {
    const now = performance.now();
    const stalled = [...this.#held]
      .map(([answer, progress]) => ({ answer, ms: progress.stalledMs(now) }))
      .filter(({ ms }) => ms >= this.#stallMs)
      .sort((a, b) => b.ms - a.ms);
    for (const { answer } of stalled) {
      if (!this.#places.isPressed(answer.source)) continue;
      // The client's connection closes a moment later, which aborts the exchange at the upstream.
      answer.place.leave();
      answer.outgoing.destroy();
    }
  }
}
