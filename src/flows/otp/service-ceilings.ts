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

/**
 * Counts a stranger's code request. A source that has spent its share is refused alone. At the
 * ceiling itself every stranger is refused, and log and audit say so once a window.
 */
export async function takeRequestShare(
  gateway: CeilingPorts,
  source: ClientSource,
): Promise<Result<CeilingShare, FailureOf<"rate-limited" | "sms-unavailable">>> {
  const taken = await take(gateway, "requests", source);
  if (taken.allowed) return ok(taken.share);
  const { by, window } = taken;
  const now = gateway.runtime.now();
  return fail(
    by === "service"
      ? smsUnavailable(CAUSES[by], window.endsAt, now)
      : rateLimited(CAUSES[by], window.endsAt, now),
  );
}

/** The same for a code that a stranger tries. A refusal is always 429: nothing is unavailable. */
export async function takeTryShare(
  gateway: CeilingPorts,
  source: ClientSource,
): Promise<Result<CeilingShare, FailureOf<"rate-limited">>> {
  const taken = await take(gateway, "tries", source);
  if (taken.allowed) return ok(taken.share);
  return fail(rateLimited(CAUSES[taken.by], taken.window.endsAt, gateway.runtime.now()));
}

async function take(
  gateway: CeilingPorts,
  name: CeilingName,
  source: ClientSource,
): Promise<CeilingVerdict> {
  const verdict = await gateway.ceilings.take(name, source);
  if (!verdict.allowed && verdict.by === "service") reportFull(gateway, name, verdict.window);
  return verdict;
}

type Taking = Promise<Result<CeilingShare, unknown>>;

/**
 * Takes a share while the record is read, so that the caller does not wait for one after the other.
 * The share is awaited once the record identifies the caller, and may be unneeded by then.
 */
export function beside<T extends Taking>(taking: T): T {
  taking.catch(() => undefined);
  return taking;
}

/** Gives an event back after the answer: its code was right, or its sender is no stranger. */
export function giveBackShare({ ceilings, runtime }: CeilingPorts, taking: Taking): void {
  runtime.defer("give-back-share", async () => {
    const taken = await taking.catch(() => null);
    if (taken?.ok) await ceilings.giveBack(taken.value);
  });
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
