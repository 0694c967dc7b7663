import { type FailureOf, smsUnavailable } from "../../core/failure.ts";
import type { Gateway } from "../gateway.ts";

type ProviderHealthPorts = Pick<Gateway, "log" | "process" | "runtime" | "sender">;

const PROBE_EVERY_MS = 10_000;

/**
 * Refuses a code request while the provider's own probe fails. The request starts the next probe
 * where one is due, and does not wait for it. A failed send changes nothing here: only customers'
 * numbers get messages, so an effect of a failed send on other answers would reveal a customer's
 * number.
 *
 * @returns null where the provider serves us, was not asked yet, or has no probe
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
