import type { CeilingName, CeilingWindow } from "../../core/ceilings.ts";
import type { ClientSource } from "../../core/client-source.ts";
import { type FailureOf, rateLimited, smsUnavailable } from "../../core/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { CeilingShare, CeilingVerdict } from "../../ports/ceilings.ts";
import type { Gateway } from "../gateway.ts";

/** As much of the gateway as the ceilings need. */
type CeilingParts = Pick<Gateway, "audit" | "ceilings" | "log" | "process" | "runtime">;

const CAUSES = {
  address: "address-share",
  network: "network-share",
  service: "service-ceiling",
} as const;

/**
 * Counts a stranger's request for a code. A source that has had its share is told to wait, alone.
 * Where the ceiling itself is reached every stranger is refused, and the log and the audit say so
 * once a window.
 */
export async function takeRequestShare(
  gateway: CeilingParts,
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

/** The same for a code that a stranger tries. It is 429 in any case: nothing is unavailable. */
export async function takeTryShare(
  gateway: CeilingParts,
  source: ClientSource,
): Promise<Result<CeilingShare, FailureOf<"rate-limited">>> {
  const taken = await take(gateway, "tries", source);
  if (taken.allowed) return ok(taken.share);
  return fail(rateLimited(CAUSES[taken.by], taken.window.endsAt, gateway.runtime.now()));
}

async function take(
  gateway: CeilingParts,
  name: CeilingName,
  source: ClientSource,
): Promise<CeilingVerdict> {
  const verdict = await gateway.ceilings.take(name, source);
  if (!verdict.allowed && verdict.by === "service") reportFull(gateway, name, verdict.window);
  return verdict;
}

/** Runs `work` at the first call; every call gets its outcome. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let outcome: Promise<T> | null = null;
  return () => {
    outcome ??= work();
    return outcome;
  };
}

/** Gives one event back after the answer, such as a code that was right. */
export function giveBackShare({ ceilings, runtime }: CeilingParts, share: CeilingShare): void {
  runtime.defer("give-back-share", () => ceilings.giveBack(share));
}

function reportFull(
  { audit, log, process, runtime }: CeilingParts,
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
