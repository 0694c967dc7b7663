import type { CeilingName, CeilingWindow } from "../../core/ceilings.ts";
import type { ClientSource } from "../../core/client-source.ts";
import { type FailureOf, rateLimited, smsUnavailable } from "../../core/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { CeilingShare, CeilingVerdict } from "../../ports/ceilings.ts";
import type { Gateway } from "../gateway.ts";

/** The parts of the gateway that the ceilings need. */
export type CeilingPorts = Pick<Gateway, "audit" | "ceilings" | "log" | "process" | "runtime">;

const CAUSES = {
  address: "address-share",
  network: "network-share",
  service: "service-ceiling",
} as const;

/** An event that is being counted while the phone's record is read. */
export interface Taking<F> {
  /** The verdict, for an event of a stranger. At the ceiling itself, log and audit say so. */
  verdict(): Promise<Result<CeilingShare, F>>;
  /**
   * Gives the event back: its code was right, nothing was compared, or its sender is no stranger.
   * It begins at once: a share that is held until after the answer lets a parallel attack fill the
   * window with events that do not count. The answer does not wait for it.
   */
  giveBack(): void;
}

/**
 * Counts a stranger's code request. A source that has spent its share is refused alone. At the
 * ceiling itself every stranger is refused, and log and audit say so once a window.
 */
export function takeRequestShare(
  gateway: CeilingPorts,
  source: ClientSource,
): Taking<FailureOf<"rate-limited" | "sms-unavailable">> {
  return take(gateway, "requests", source, ({ by, window }, now) =>
    by === "service"
      ? smsUnavailable(CAUSES[by], window.endsAt, now)
      : rateLimited(CAUSES[by], window.endsAt, now),
  );
}

/** The same for a code that a stranger tries. A refusal is always 429: nothing is unavailable. */
export function takeTryShare(
  gateway: CeilingPorts,
  source: ClientSource,
): Taking<FailureOf<"rate-limited">> {
  return take(gateway, "tries", source, ({ by, window }, now) =>
    rateLimited(CAUSES[by], window.endsAt, now),
  );
}

type Refused = Extract<CeilingVerdict, { readonly allowed: false }>;

function take<F>(
  gateway: CeilingPorts,
  name: CeilingName,
  source: ClientSource,
  failureOf: (refused: Refused, now: number) => F,
): Taking<F> {
  const taking = gateway.ceilings.take(name, source);
  // The caller may never ask for the verdict.
  taking.catch(() => undefined);
  return {
    async verdict() {
      const taken = await taking;
      if (taken.allowed) return ok(taken.share);
      if (taken.by === "service") reportFull(gateway, name, taken.window);
      return fail(failureOf(taken, gateway.runtime.now()));
    },
    giveBack() {
      const given = taking.then(
        (taken) => (taken.allowed ? gateway.ceilings.giveBack(taken.share) : undefined),
        () => undefined,
      );
      given.catch(() => undefined);
      gateway.runtime.defer("give-back-share", () => given);
    },
  };
}

function reportFull(
  { audit, log, process, runtime }: CeilingPorts,
  name: CeilingName,
  { endsAt, limit, windowMs }: CeilingWindow,
): void {
  const detail = `${name} ${limit}/${windowMs / 1000}s`;
  const { fullWindows } = process;
  if ((fullWindows.get(detail) ?? 0) >= endsAt) return;
  fullWindows.set(detail, endsAt);
  const seconds = Math.ceil((endsAt - runtime.now()) / 1000);
  log.write("error", "ceiling-reached", { ceiling: detail, seconds });
  audit.record({ name: "ceiling.reached", detail });
}
