import { type FailureOf, smsUnavailable } from "../../core/failure.ts";
import type { Gateway } from "../gateway.ts";

type ProviderHealthPorts = Pick<Gateway, "log" | "process" | "runtime" | "sender">;

const PROBE_EVERY_MS = 10_000;

/**
 * Refuses a request for a code while the provider's own probe fails. The request begins the next
 * probe where one is due, and waits for none. A send changes nothing here: only numbers of customers
 * are sent to, so whoever saw a failed send in the answers to others could tell that a number is one.
 *
 * @returns null where the provider serves us, has not been asked yet, or cannot be asked
 */
export function providerClosed(gateway: ProviderHealthPorts): FailureOf<"sms-unavailable"> | null {
  const { process, runtime, sender } = gateway;
  const { probe } = sender;
  if (probe === null) return null;
  const now = runtime.now();
  if (process.provider.probedAt + PROBE_EVERY_MS <= now) {
    process.provider = { ...process.provider, probedAt: now };
    runtime.defer("probe-provider", () => probeProvider(gateway, probe));
  }
  const { isUp, probedAt } = process.provider;
  return isUp ? null : smsUnavailable("provider-down", probedAt + PROBE_EVERY_MS, now);
}

async function probeProvider(
  { log, process, sender }: Pick<Gateway, "log" | "process" | "sender">,
  probe: () => Promise<boolean>,
): Promise<void> {
  const wasUp = process.provider.isUp;
  const isUp = await probe().catch(() => false);
  process.provider = { ...process.provider, isUp };
  if (isUp && !wasUp) log.write("warn", "sms-probe-passed", { provider: sender.provider });
}
