import type { ClientSource } from "../../core/address/client-source.ts";
import type { CeilingName, CeilingWindow } from "../../core/ceilings.ts";
import { type FailureOf, rateLimited, smsUnavailable } from "../../core/failure.ts";
import type { Challenge } from "../../core/otp/phone-record.ts";
import { activeTestPhone } from "../../core/otp/test-phone.ts";
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
 */
export function beside<T extends Taking>(taking: T): T {
  taking.catch(() => undefined);
  return taking;
}

/**
 * Whether the challenge draws on the ceilings. A known device's lane does not. Nor does a test
 * phone: no message is sent, and the phone's own rules bound the guesses at its code.
 */
export const isStrangers = (
  { rules, runtime }: Pick<Gateway, "rules" | "runtime">,
  { lane, phone }: Pick<Challenge, "lane" | "phone">,
): boolean => lane === null && activeTestPhone(rules.testPhones, phone, runtime.now()) === null;

/** The share of one event: one, however often a lost race starts the event's decision again. */
interface OneShare<F> {
  taken(): Promise<Result<CeilingShare, F>>;
  /** Gives the share back before the answer, so that no later event finds it taken. */
  giveBack(): Promise<void>;
  /** Runs the event. An event that throws is counted nowhere else, so its share is given back. */
  unlessThrown<T>(event: () => Promise<T>): Promise<T>;
}

export function shareOnce<F>(
  { ceilings, log, runtime }: CeilingPorts,
  take: () => Promise<Result<CeilingShare, F>>,
): OneShare<F> {
  let taking: Promise<Result<CeilingShare, F>> | null = null;
  const giveBack = async (): Promise<void> => {
    const taken = await taking?.catch(() => null);
    if (!taken?.ok) return;
    // The share stays lost until its window ends; the answer does not.
    await ceilings.giveBack(taken.value).catch((error: unknown) => {
      log.write("error", "give-back-failed", { error: String(error) });
    });
  };
  return {
    giveBack,
    taken() {
      taking ??= take();
      return taking;
    },
    async unlessThrown(event) {
      try {
        return await event();
      } catch (error) {
        // The share's store may be down as well: the 503 does not wait for it.
        runtime.defer("give-back-share", giveBack);
        throw error;
      }
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
